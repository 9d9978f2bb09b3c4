package main

import (
	"fmt"
	"os"

	"github.com/coredns/caddy"
	_ "github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/template"
)

// serveNames is CoreDNS with the few plugins that a cluster needs; its one argument is the Corefile.
func serveNames() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("expected one argument, the Corefile, got %q", os.Args[1:])
	}
	contents, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	instance, err := caddy.Start(caddy.CaddyfileInput{Contents: contents, Filepath: os.Args[1], ServerTypeName: "dns"})
	if err != nil {
		return err
	}
	instance.Wait()
	return nil
}
