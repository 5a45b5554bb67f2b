/*
 * The leanest HTTP server that still answers correctly: one thread, one epoll loop, one fixed answer.
 * It is two things in the bench: the backend every proxy forwards to, and the floor no server can beat by much.
 *
 * It understands requests without a body only (what the load tool and the proxies send here), split or pipelined
 * in any way. A head longer than the buffer closes the connection.
 *
 * Usage: epoll PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"count\":12847}"
enum {
    ANSWER_BYTES = sizeof ANSWER - 1,
    HEAD_BYTES = 16 * 1024, /* what the other servers allow by default, rounded up */
    BATCH = 64,             /* answers written at once; a longer pipeline takes several writes */
    EVENTS = 256
};

struct connection {
    int socket;
    int used;
    char buffer[HEAD_BYTES];
};

static char answers[ANSWER_BYTES * BATCH];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short) port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0) fail("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");
    if (bind(listener, (struct sockaddr *) &address, sizeof address) < 0) fail("bind");
    if (listen(listener, 1024) < 0) fail("listen");
    return listener;
}

/* Cuts all complete heads off the front of the buffer and returns how many there were. */
static int take_heads(struct connection *c) {
    int heads = 0;
    char *from = c->buffer;
    char *end;
    while ((end = memmem(from, (size_t) (c->buffer + c->used - from), "\r\n\r\n", 4)) != NULL) {
        from = end + 4;
        heads++;
    }
    c->used -= (int) (from - c->buffer);
    memmove(c->buffer, from, (size_t) c->used);
    return heads;
}

/* False when the connection is to be closed: the peer is gone, or does not read what it asked for. */
static int answer(int socket, int count) {
    while (count > 0) {
        int now = count < BATCH ? count : BATCH;
        ssize_t bytes = (ssize_t) now * ANSWER_BYTES;
        if (send(socket, answers, (size_t) bytes, MSG_NOSIGNAL) != bytes) return 0;
        count -= now;
    }
    return 1;
}

static int serve(struct connection *c) {
    ssize_t got = recv(c->socket, c->buffer + c->used, (size_t) (HEAD_BYTES - c->used), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return 0;
    c->used += (int) got;
    return answer(c->socket, take_heads(c)) && c->used < HEAD_BYTES;
}

static void accept_all(int epoll, int listener) {
    int on = 1;
    int socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *c = malloc(sizeof *c);
        if (c == NULL) fail("malloc");
        c->socket = socket;
        c->used = 0;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) < 0) fail("epoll_ctl");
    }
}

int main(int count, char **arguments) {
    int port = count == 2 ? atoi(arguments[1]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: epoll PORT (1..65535)\n");
        return 2;
    }
    for (int i = 0; i < BATCH; i++) memcpy(answers + i * ANSWER_BYTES, ANSWER, ANSWER_BYTES);
    int listener = listen_on(port);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[EVENTS];
    struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepting) < 0) fail("epoll");
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                accept_all(epoll, listener);
            } else if (!serve(c)) {
                close(c->socket);
                free(c);
            }
        }
    }
}
