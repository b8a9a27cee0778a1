package container

import (
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/sasl"
)

// desk works on logins one by one, when it is let: each step waits for its turn in begin.
type desk struct {
	*logins
	t     testing.TB
	begun chan string // whose step has begun
	goOn  chan struct{}
	done  chan error
}

func newDesk(t testing.TB) *desk {
	d := &desk{newLogins(nil), t, make(chan string), make(chan struct{}), make(chan error, 2*maxLogins)}
	d.limit = 1
	return d
}

func (d *desk) queue(name, from string) *login {
	i := &login{from: from, step: func() { d.begun <- name; <-d.goOn }, done: func(err error) { d.done <- err }}
	d.begin(i)
	return i
}

// finish lets the step that has begun end, and those behind it, and returns in which order they came.
func (d *desk) finish() (order []string) {
	for range d.left() {
		d.goOn <- struct{}{}
		order = append(order, <-d.begun)
	}
	d.goOn <- struct{}{}
	return order
}

func (d *desk) left() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.queues {
		n += q.Len()
	}
	return n
}

func TestLoginsHaveTurnsByAddress(t *testing.T) {
	d := newDesk(t)
	d.queue("a0", "a")
	require.Equal(t, "a0", <-d.begun)
	for _, name := range []string{"a1", "a2", "a3", "a4"} {
		d.queue(name, "a")
	}
	d.queue("b0", "b")
	d.queue("own", "")
	d.queue("b1", "b")
	require.Equal(t, []string{"a1", "b0", "own", "a2", "b1", "a3", "a4"}, d.finish())
	for range 8 {
		require.NoError(t, <-d.done)
	}
}

func TestALoginThatIsCancelledIsNotWorkedOn(t *testing.T) {
	d := newDesk(t)
	first := d.queue("first", "a")
	require.Equal(t, "first", <-d.begun)
	second := d.queue("second", "a")
	d.queue("third", "b")
	d.cancel(second)
	d.cancel(second)
	d.cancel(first) // too late: it ends, and whoever asked for it does not listen
	require.Equal(t, []string{"third"}, d.finish())
	require.NoError(t, <-d.done)
	require.NoError(t, <-d.done)
}

func TestLoginsThatWaitAreBounded(t *testing.T) {
	d := newDesk(t)
	d.queue("first", "flood")
	<-d.begun
	var waiting []*login
	for range maxLoginsEach {
		waiting = append(waiting, d.queue("flood", "flood"))
	}
	d.queue("one too many", "flood")
	err := <-d.done
	require.ErrorIs(t, err, sasl.ErrTemporary)
	require.EqualError(t, err, "temporary system error at the server: 1024 logins of flood wait already")
	for i := range maxLogins - maxLoginsEach {
		waiting = append(waiting, d.queue("other", strconv.Itoa(i)))
	}
	d.queue("one too many", "elsewhere")
	require.ErrorContains(t, <-d.done, "2048 logins wait already")
	waiting = append(waiting, d.queue("own", "")) // of which there are as many as the application has connections
	for _, i := range waiting {
		d.cancel(i)
	}
	require.Zero(t, d.waiting)
	d.queue("last", "flood")
	require.Equal(t, []string{"last"}, d.finish(), "there is room again")
	require.NoError(t, <-d.done)
	require.NoError(t, <-d.done)
}

func TestWhoIsOnePeer(t *testing.T) {
	tcp := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	for _, same := range [][]net.Addr{
		{tcp("192.0.2.1:1"), tcp("192.0.2.1:2"), tcp("[::ffff:192.0.2.1]:3")},
		{tcp("[2001:db8::1]:1"), tcp("[2001:db8::ffff:2]:1")},
		{tcp("192.0.2.2:1")},
		{tcp("[2001:db8:0:1::1]:1")},
		{tcp("[fe80::1%eth0]:1"), tcp("[fe80::2%eth1]:1")},
		{&net.UnixAddr{Net: "unix"}, &net.UnixAddr{Net: "unix"}},
	} {
		for _, a := range same {
			require.Equal(t, neighbourhood(same[0]), neighbourhood(a))
			require.NotEmpty(t, neighbourhood(a))
		}
	}
	require.NotEqual(t, neighbourhood(tcp("192.0.2.1:1")), neighbourhood(tcp("192.0.2.2:1")))
	require.NotEqual(t, neighbourhood(tcp("[2001:db8::1]:1")), neighbourhood(tcp("[2001:db8:0:1::1]:1")))
}
