package artemis

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// homeVariable names the folder that holds the distribution, or shall hold it. Without it that is a folder of the
	// user's cache, named by the version.
	homeVariable = "HADRON_ARTEMIS_HOME"

	// requireVariable set to 1 makes a missing broker a failure, so that a run that must test everything cannot pass
	// by testing nothing.
	requireVariable = "HADRON_REQUIRE_PEERS"

	fetchTimeout = 10 * time.Minute
	bootJar      = "lib/artemis-boot.jar"
)

// releases are the newest distributions for each Java, newest first. They are pinned, not asked for as "the newest":
// what a test sees must not change between two runs of the same sources.
var releases = []struct {
	java    int
	version string
}{
	{java: 17, version: "2.44.0"},
	{java: 11, version: "2.37.0"},
}

// Require gives the folder of Artemis' distribution, which it fetches and unpacks if that was not done before. Where
// that cannot be done, the test is skipped with the reason, or fails with it when HADRON_REQUIRE_PEERS=1.
func Require(t testing.TB) (home string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fetchTimeout)
	defer cancel()
	home, err := distribution(ctx)
	switch {
	case err == nil:
	case os.Getenv(requireVariable) == "1":
		t.Fatalf("required, and missing: %v", err)
	default:
		t.Skipf("skipped, the broker is missing: %v", err)
	}
	return home
}

// distribution is the folder of the distribution that fits the Java at hand.
func distribution(ctx context.Context) (string, error) {
	version, err := fittingRelease(ctx)
	if err != nil {
		return "", err
	}
	home := os.Getenv(homeVariable)
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("artemis: finding the cache folder: %w", err)
		}
		home = filepath.Join(cache, "hadron-artemis-"+version)
	}
	if isDistribution(home) {
		return home, nil
	}
	if err := install(ctx, version, home); err != nil {
		return "", err
	}
	return home, nil
}

func isDistribution(home string) bool {
	_, err := os.Stat(filepath.Join(home, bootJar))
	return err == nil
}

var javaVersion = regexp.MustCompile(`java\.specification\.version = (?:1\.)?(\d+)`)

// fittingRelease is the newest release that the installed Java runs.
func fittingRelease(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "java", "-XshowSettings:properties", "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("artemis: asking java for its version: %w", err)
	}
	match := javaVersion.FindSubmatch(out)
	if match == nil {
		return "", errors.New("artemis: java did not tell its version")
	}
	java, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return "", fmt.Errorf("artemis: reading java's version: %w", err)
	}
	for _, release := range releases {
		if java >= release.java {
			return release.version, nil
		}
	}
	return "", fmt.Errorf("artemis: java %d is too old for any known release", java)
}

// install puts the distribution into home. It is unpacked beside home and then renamed, so that test binaries that
// run at the same time never see half of it; the first one wins and the others use what it put there.
func install(ctx context.Context, version, home string) error {
	parent := filepath.Dir(home)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("artemis: making the cache folder: %w", err)
	}
	work, err := os.MkdirTemp(parent, filepath.Base(home)+".")
	if err != nil {
		return fmt.Errorf("artemis: making a folder to unpack in: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()

	archive, err := fetch(ctx, version, work)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(work, "distribution")
	if err := unpack(archive, unpacked); err != nil {
		return fmt.Errorf("artemis: unpacking version %s: %w", version, err)
	}
	if err := os.Rename(unpacked, home); err != nil && !isDistribution(home) {
		return fmt.Errorf("artemis: moving version %s to its place: %w", version, err)
	}
	return nil
}

// fetch has Maven copy the archive into a folder. Maven knows the machine's repositories, mirrors and proxies.
func fetch(ctx context.Context, version, folder string) (archive string, err error) {
	mvn := exec.CommandContext(ctx, "mvn", "--batch-mode", "--quiet", "--strict-checksums", "dependency:copy",
		"-Dartifact=org.apache.activemq:apache-artemis:"+version+":tar.gz:bin", "-DoutputDirectory="+folder)
	mvn.Dir = folder // away from any pom.xml
	if out, err := mvn.CombinedOutput(); err != nil {
		return "", fmt.Errorf("artemis: fetching version %s with Maven: %w\n%s", version, err, out)
	}
	return filepath.Join(folder, "apache-artemis-"+version+"-bin.tar.gz"), nil
}

// unpack writes the archive's files below folder, without the one folder that the archive has around them all.
func unpack(archive, folder string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // no entry of the archive can be written outside of it
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()

	for entries := tar.NewReader(compressed); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, inside := strings.Cut(path.Clean(entry.Name), "/")
		if !inside || entry.Typeflag != tar.TypeReg {
			continue
		}
		if err := write(root, name, entry.FileInfo().Mode().Perm(), entries); err != nil {
			return err
		}
	}
}

func write(root *os.Root, name string, mode fs.FileMode, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
