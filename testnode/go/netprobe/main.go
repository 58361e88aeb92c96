// Command netprobe is a client and a server for tests inside a pod: static, so that it runs in an empty image.
//
//	netprobe serve ADDRESS [TEXT]   answer every HTTP request with TEXT (default: the host name)
//	netprobe get URL                print what one GET answers
//	netprobe tcp HOST:PORT          connect once
//	netprobe dns NAME               print the addresses of a name
//
// Clients give up after 3 seconds; the exit status is 1 when they did not succeed.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const patience = 3 * time.Second

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: netprobe serve|get|tcp|dns ARGUMENT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(verb, target string, rest []string) error {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	switch verb {
	case "serve":
		return serve(target, rest)
	case "get":
		return get(ctx, target)
	case "tcp":
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
		if err == nil {
			err = connection.Close()
		}
		return err
	case "dns":
		addresses, err := net.DefaultResolver.LookupHost(ctx, target)
		fmt.Println(addresses)
		return err
	}
	return fmt.Errorf("%s: no such verb", verb)
}

func serve(address string, rest []string) error {
	text, err := os.Hostname()
	if len(rest) > 0 {
		text, err = rest[0], nil
	}
	if err != nil {
		return err
	}
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, text)
	}))
}

func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
