package amqptest

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Corpus reads the inputs of one name in testdata/corpus of the module's root, which fuzz tests begin with: "values", "messages" or
// "connections", and with them what was found by fuzzing.
func Corpus(t testing.TB, name string) (inputs [][]byte) {
	t.Helper()
	for _, file := range []string{name + ".txt", name + "-found.txt"} {
		inputs = append(inputs, readCorpus(t, filepath.Join(corpusFolder(t), file))...)
	}
	return inputs
}

// corpusFolder finds testdata/corpus from the folder of a test.
func corpusFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return filepath.Join(dir, "testdata", "corpus")
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatalf("amqptest: the module's root is not found: %v", err)
	return ""
}

// readCorpus reads a file of inputs, in hex, one a line. Lines that begin with # say what they are.
func readCorpus(t testing.TB, name string) (inputs [][]byte) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatalf("amqptest: corpus: %v", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		b, err := hex.DecodeString(lines.Text())
		if err != nil {
			t.Fatalf("amqptest: corpus: %s: %v", name, err)
		}
		inputs = append(inputs, b)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("amqptest: corpus: %s: %v", name, err)
	}
	return inputs
}
