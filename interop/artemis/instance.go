package artemis

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

const (
	// User and Password log in with PLAIN.
	User     = "admin"
	Password = "admin"

	// ScramUser and ScramPassword log in with SCRAM.
	ScramUser     = "scram"
	ScramPassword = "scram-secret"
)

//go:embed etc
var etc embed.FS

var templates = template.Must(template.ParseFS(etc, "etc/*"))

// instance is the setup of one broker: what its configuration files are written from. Its exported names are those that
// the templates use.
type instance struct {
	Name            string
	AddressSettings []addressSetting
	Pair            *pairing // nil for a broker alone

	home         string // Artemis' distribution
	folder       string // of this instance alone
	data         string // its journal, shared within a pair
	certificates *Certificates
	addresses    map[Acceptor]string
	parameters   []string
}

// pairing is what makes a broker one of a pair.
type pairing struct {
	Role        string // "primary" or "backup", as Artemis names them
	Self, Other string // URIs of the acceptors where the two reach each other
}

// User, Password, ScramUser and ScramPassword are for the templates.
func (*instance) User() string          { return User }
func (*instance) Password() string      { return Password }
func (*instance) ScramUser() string     { return ScramUser }
func (*instance) ScramPassword() string { return ScramPassword }

// ConfigurationURI is where broker.xml lies.
func (i *instance) ConfigurationURI() string {
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(i.folder, "etc", "broker.xml"))}
	return file.String()
}

// Acceptors are the acceptor elements of broker.xml.
func (i *instance) Acceptors() []struct{ Name, URI string } {
	var elements []struct{ Name, URI string }
	for acceptor, address := range i.addresses {
		parameters := append([]string{acceptors[acceptor]}, i.parameters...)
		uri := "tcp://" + address + "?" + strings.Join(parameters, ";")
		elements = append(elements, struct{ Name, URI string }{string(acceptor), escape(uri)})
	}
	return elements
}

// write writes the configuration files.
func (i *instance) write() error {
	folder := filepath.Join(i.folder, "etc")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("artemis: making the instance's folder: %w", err)
	}
	files, err := fs.ReadDir(etc, "etc")
	if err != nil {
		return fmt.Errorf("artemis: listing the templates: %w", err)
	}
	for _, file := range files {
		var content bytes.Buffer
		if err := templates.ExecuteTemplate(&content, file.Name(), i); err != nil {
			return fmt.Errorf("artemis: filling in %s: %w", file.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(folder, file.Name()), content.Bytes(), 0o600); err != nil {
			return fmt.Errorf("artemis: writing %s: %w", file.Name(), err)
		}
	}
	return nil
}

// command runs the broker. Java is started directly, so that its process id is the broker's.
func (i *instance) command() *exec.Cmd {
	command := exec.Command("java",
		"-Xms256m", "-Xmx512m",
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // a short life: starting matters more than speed
		"-Dlog4j2.disableJmx=true",
		"-Djava.security.auth.login.config="+filepath.Join(i.folder, "etc", "login.config"),
		"-Djava.io.tmpdir="+i.folder,
		"-Dartemis.home="+i.home,
		"-Dartemis.instance="+i.folder,
		"-Dhadron.data="+i.data,
		"-Dhadron.certificates="+i.certificates.folder,
		"-classpath", filepath.Join(i.home, bootJar),
		"org.apache.activemq.artemis.boot.Artemis", "run")
	command.Dir = i.folder
	return command
}
