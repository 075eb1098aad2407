// Package main is the part of Argo CD that syncs: the application controller and the repo server, as Argo CD's own
// image starts them, with the cache they share. The first argument says which of them this process is.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/argoproj/argo-cd/v3/util/log"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: argocd application-controller|repo-server|redis ..."))
	}
	klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
	var command *cobra.Command
	switch os.Args[1] {
	case "application-controller":
		command = controller.NewCommand()
	case "repo-server":
		command = reposerver.NewCommand()
	case "redis":
		command = newRedisCommand()
	default:
		fail(fmt.Errorf("unknown part %q", os.Args[1]))
	}
	command.SetArgs(os.Args[2:])
	if err := command.Execute(); err != nil {
		fail(err)
	}
}

// newRedisCommand serves Redis from memory, so that no package of the machine is needed.
func newRedisCommand() *cobra.Command {
	var address string
	command := &cobra.Command{
		Use: "redis",
		RunE: func(*cobra.Command, []string) error {
			server := miniredis.NewMiniRedis()
			if err := server.StartAddr(address); err != nil {
				return err
			}
			// Its clock stands still unless told: nothing would ever expire.
			for range time.Tick(time.Second) {
				server.FastForward(time.Second)
			}
			return nil
		},
	}
	command.Flags().StringVar(&address, "address", "127.0.0.1:6379", "where to listen")
	return command
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
