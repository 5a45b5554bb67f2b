# The appliance in an image: built from source, run by a user without rights, its AOT cache made for exactly this JDK.
#
#   docker build -t shanhai .
#   docker run -d --name shanhai -p 8080:8080 -p 8081:8081 -p 127.0.0.1:9080:9080 -v shanhai-data:/data shanhai
#   docker exec shanhai cat /data/admin-token        # the token the admin port demands off loopback
#
# Not tried with the real base images: no registry of images could be reached where this file was written. Every step
# was run there with buildah on stand-ins (for the two base images, mvn and bin/shanhai), the health check by itself.

ARG BUILD_IMAGE=maven:3-eclipse-temurin-25
ARG RUN_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY pom.xml ./
COPY src src
RUN mvn -B -ntp -DskipTests package

FROM ${RUN_IMAGE}
# A number, not only a name: Kubernetes' runAsNonRoot can check nothing else.
RUN groupadd --gid 10001 shanhai \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin shanhai \
 && install -d -o shanhai -g shanhai -m 700 /data
WORKDIR /opt/shanhai
COPY --from=build /src/target/shanhai.jar target/shanhai.jar
COPY bin bin
COPY config config
# The cache holds for this jar on this JDK only, so it is made here and not in the build stage.
RUN bin/shanhai aot

# Published ports reach the container from outside its loopback. The admin port then demands a bearer token: the one in
# SHANHAI_ADMIN_TOKEN where it is set at run time, else one generated into the data folder; the etcd port a user and a
# password: of SHANHAI_ETCD_USERS_FILE, else generated the same way.
ENV SHANHAI_ADMIN_ADDRESS=0.0.0.0 SHANHAI_ETCD_ADDRESS=0.0.0.0
USER 10001:10001
VOLUME /data
# gateway: helidon engine, nio engine; admin API, console and metrics; etcd clients
EXPOSE 8080 8081 9080 2379
STOPSIGNAL SIGTERM

# bash speaks TCP itself: the image needs no curl, and a check starts no JVM.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/9080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $status == *' 200 '* ]]"]

ENTRYPOINT ["bin/shanhai", "serve", "--data", "/data"]
