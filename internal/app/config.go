package app

import (
	"crypto/x509"
	"log/slog"
	"path/filepath"
	"time"

	"fishpond/internal/platform/secret"
)

// Config is everything that can be set, by flag or by environment. The
// reference in docs/configuration.md is written from it.
type Config struct {
	Data         string          `help:"Folder for the embedded database, uploads and the key file." default:"var/fishpond" env:"FISHPOND_DATA" type:"path"`
	Database     secret.Redacted `help:"Address of a PostgreSQL database (postgres://…). Empty: the embedded SQLite in the data folder." env:"FISHPOND_DATABASE" placeholder:"URL"`
	SecretKey    secret.Redacted `help:"Keys that seal credentials at rest: 32 bytes in base64 or hex, several separated by commas, the first one seals. Empty: secret.key in the data folder, made at first start." env:"FISHPOND_SECRET_KEY" placeholder:"KEY"`
	LogLevel     slog.Level      `help:"Least severe level that is logged: debug, info, warn, error." default:"info" env:"FISHPOND_LOG_LEVEL"`
	LogFormat    string          `help:"text for people, json for collectors." default:"text" enum:"text,json" env:"FISHPOND_LOG_FORMAT"`
	OTLPEndpoint string          `help:"OTLP/HTTP address of a trace collector, e.g. http://127.0.0.1:4318/v1/traces. Empty: no traces." env:"FISHPOND_OTLP_ENDPOINT" name:"otlp-endpoint" placeholder:"URL"`
}

// ServeConfig is what the server needs besides.
type ServeConfig struct {
	Listen         string   `help:"Address to listen on; port 0 picks a free one." default:"127.0.0.1:8080" env:"FISHPOND_LISTEN"`
	BaseURL        string   `help:"Address under which people reach the server, for links. Empty: derived from the listening address." env:"FISHPOND_BASE_URL" name:"base-url" placeholder:"URL"`
	TrustProxy     bool     `help:"Take the caller's address from X-Forwarded-For. Only behind a proxy that sets it." env:"FISHPOND_TRUST_PROXY"`
	Platforms      []string `help:"Addresses besides the official ones that accounts may name as their platform, such as a simulator's." env:"FISHPOND_PLATFORMS" placeholder:"URL,…"`
	BounceListen   string   `help:"Address on which mail that comes back is taken over SMTP; the MX records of the accounts' bounce domains lead there. Empty: none is taken." env:"FISHPOND_BOUNCE_LISTEN" placeholder:"ADDRESS"`
	WebhookInside  []string `help:"Hosts of your own network that webhooks of journeys may call, as names, addresses or nets. All others inside are refused." env:"FISHPOND_WEBHOOK_INSIDE" placeholder:"HOST,…"`
	AssistantURL   string   `help:"Address of a language model that drafts answers in the inbox, up to /chat/completions (the protocol of OpenAI's API). Empty: there is none. Each brand turns it on for itself." env:"FISHPOND_ASSISTANT_URL" name:"assistant-url" placeholder:"URL"`
	AssistantModel string   `help:"Model that drafts answers." env:"FISHPOND_ASSISTANT_MODEL" placeholder:"NAME"`
	AssistantKey   string   `help:"Key that its provider asks for." env:"FISHPOND_ASSISTANT_KEY" placeholder:"KEY"`
	// MailRoots vouch for mail servers instead of the system's authorities, in tests and measurements.
	MailRoots *x509.CertPool `kong:"-"`
	// MailPatience is how long mail servers are waited for, instead of 15 seconds for each step and a minute for the last, in tests.
	MailPatience time.Duration `kong:"-"`
	UploadLimit  int64         `help:"Largest file that can be uploaded, in bytes." default:"2147483648" env:"FISHPOND_UPLOAD_LIMIT"`
}

// databaseURL is where the data live.
func (c Config) databaseURL() string {
	if c.Database != "" {
		return c.Database.Reveal()
	}
	return "sqlite:" + c.databaseFile()
}

// databaseFile is where the embedded database is.
func (c Config) databaseFile() string { return filepath.Join(c.Data, "fishpond.db") }

// keyring loads the sealing keys.
func (c Config) keyring() (*secret.Keyring, error) {
	if c.SecretKey != "" {
		return secret.Parse(c.SecretKey.Reveal())
	}
	return secret.LoadOrCreate(c.Data)
}
