package connection

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The sample that people copy is one that is read.
func TestTheSampleConnectFile(t *testing.T) {
	t.Setenv(connectFileVariable, "../testdata/connect.json")
	opt, err := ReadConnectFile()
	require.NoError(t, err)
	o := applied(opt)
	require.Equal(t, []string{"amqps://broker.example.com:5671"}, o.URLs)
	require.Equal(t, "alice", o.User)
	require.Equal(t, "SCRAM-SHA-256 PLAIN", o.AllowedMechs)
	require.NotNil(t, o.Insecure)
	require.False(t, *o.Insecure)
}
