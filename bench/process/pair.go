package process

import (
	"context"
	"fmt"
)

// End is one end of what is measured: how a program is called, up to the arguments that both ends share. The side, HOST and PORT come between.
type End struct {
	Env  []string
	Argv []string // the program, its flags and its role
}

// Start runs the end, listening or connecting at a port.
func (e End) Start(ctx context.Context, side string, port int, args ...any) (*Process, error) {
	argv := append(e.Argv[:len(e.Argv):len(e.Argv)], side, "127.0.0.1", fmt.Sprint(port))
	for _, a := range args {
		argv = append(argv, fmt.Sprint(a))
	}
	return Start(ctx, e.Env, argv...)
}

// Pair starts two ends, the first one listening, and the second one once it does.
func Pair(ctx context.Context, listener, connector End, args ...any) (listens, connects *Process, err error) {
	port, err := FreePort()
	if err != nil {
		return nil, nil, err
	}
	if listens, err = listener.Start(ctx, "listen", port, args...); err != nil {
		return nil, nil, err
	}
	if err = listens.Listens(port); err == nil {
		connects, err = connector.Start(ctx, "connect", port, args...)
	}
	if err != nil {
		listens.Stop(0)
		return nil, nil, err
	}
	return listens, connects, nil
}
