// The Go peer: fasthttp answering directly on one port and proxying on another, in one process.
//
// Usage: fasthttp DIRECT_PORT PROXY_PORT BACKEND_PORT
package main

import (
	"log"
	"os"

	"github.com/valyala/fasthttp"
)

var body = []byte(`{"count":12847}`)

func direct(ctx *fasthttp.RequestCtx) {
	if string(ctx.Path()) != "/api/v1/users" {
		ctx.Error("not found", fasthttp.StatusNotFound)
		return
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(body)
}

func proxyTo(backend string) fasthttp.RequestHandler {
	client := &fasthttp.HostClient{Addr: backend, MaxConns: 256} // 64 client connections, with room
	return func(ctx *fasthttp.RequestCtx) {
		// Connection is hop by hop (RFC 9110 section 7.6.1): neither side's wish is passed on.
		ctx.Request.Header.Del("Connection")
		if err := client.Do(&ctx.Request, &ctx.Response); err != nil {
			ctx.Error("bad gateway", fasthttp.StatusBadGateway)
			return
		}
		ctx.Response.Header.Del("Connection")
	}
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: fasthttp DIRECT_PORT PROXY_PORT BACKEND_PORT")
	}
	proxy := proxyTo("127.0.0.1:" + os.Args[3])
	go func() { log.Fatal(fasthttp.ListenAndServe("127.0.0.1:"+os.Args[2], proxy)) }()
	log.Fatal(fasthttp.ListenAndServe("127.0.0.1:"+os.Args[1], direct))
}
