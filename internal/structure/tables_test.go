package structure

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// engines are the folders of migrations.
var engines = []string{"sqlite", "postgres"}

// table is what a migration creates.
type table struct {
	name, module, engine string
	file                 string
	key                  []string // primary key columns, in order
}

var (
	comment     = regexp.MustCompile(`--[^\n]*`)
	createTable = regexp.MustCompile(`(?is)\bCREATE\s+(?:VIRTUAL\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([a-z_][a-z0-9_]*)"?\s*(?:USING\s+\w+\s*)?\(`)
	tableKey    = regexp.MustCompile(`(?is)\bPRIMARY\s+KEY\s*\(([^)]*)\)`)
	columnKey   = regexp.MustCompile(`(?im)^\s*"?([a-z_][a-z0-9_]*)"?\s[^,\n]*\bPRIMARY\s+KEY\b`)
	number      = regexp.MustCompile(`^(\d+)_`)
)

// readMigrations collects the tables of internal/*/migrations.
func (h *house) readMigrations() error {
	for _, engine := range engines {
		files, err := filepath.Glob(filepath.Join(h.root, "internal", "*", "migrations", engine, "*.sql"))
		if err != nil {
			return err
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			name := h.relative(file)
			for _, t := range tablesIn(string(content)) {
				t.engine, t.file, t.module = engine, name, moduleOf(path.Dir(name))
				h.tables = append(h.tables, t)
			}
		}
	}
	return nil
}

// tablesIn finds what the upward half of a migration creates.
func tablesIn(text string) (tables []table) {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	up = comment.ReplaceAllString(up, "")
	for _, at := range createTable.FindAllStringSubmatchIndex(up, -1) {
		body := parenthesised(up[at[1]:])
		t := table{name: up[at[2]:at[3]]}
		if m := tableKey.FindStringSubmatch(body); m != nil {
			for column := range strings.SplitSeq(m[1], ",") {
				t.key = append(t.key, strings.Trim(strings.TrimSpace(column), `"`))
			}
		} else if m := columnKey.FindStringSubmatch(body); m != nil {
			t.key = []string{m[1]}
		}
		tables = append(tables, t)
	}
	return tables
}

// parenthesised returns the text up to the parenthesis that closes what is open.
func parenthesised(text string) string {
	depth := 1
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text[:i]
			}
		}
	}
	return text
}

// Tables whose key does not begin with org_id, with the reason; as engine:table.
var otherKey = map[string]string{
	"sqlite:timeline_event": "the row id is the order of the log; with one writer it is the same for all organisations, " +
		"and an index over (org_id, xid, seq) serves the reads",
	"sqlite:inbox_message_fts": termsOfOrg,
	"sqlite:care_message_fts":  termsOfOrg,
}

const termsOfOrg = "an FTS5 index has no columns to look up by; each of its terms begins with the org"

// keysBeginWithOrg: every row belongs to an organisation, and says so first.
func keysBeginWithOrg(h *house) (complaints []string) {
	for _, t := range h.tables {
		if len(t.key) > 0 && t.key[0] == "org_id" || otherKey[t.engine+":"+t.name] != "" {
			continue
		}
		complaints = append(complaints, fmt.Sprintf("%s: the key of %s is (%s); it must begin with org_id", t.file, t.name, strings.Join(t.key, ", ")))
	}
	return complaints
}

// enginesAgree: both engines have the same migrations and the same tables.
func enginesAgree(h *house) (complaints []string) {
	for _, name := range h.modules() {
		numbers, tables := map[string][]string{}, map[string][]string{}
		for _, engine := range engines {
			entries, err := os.ReadDir(filepath.Join(h.root, "internal", name, "migrations", engine))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				complaints = append(complaints, err.Error())
			}
			for _, entry := range entries {
				if m := number.FindStringSubmatch(entry.Name()); m != nil {
					numbers[engine] = append(numbers[engine], m[1])
				}
			}
			for _, t := range h.tables {
				if t.module == name && t.engine == engine {
					tables[engine] = append(tables[engine], t.name)
				}
			}
			slices.Sort(tables[engine])
		}
		if !slices.Equal(numbers["sqlite"], numbers["postgres"]) {
			complaints = append(complaints, fmt.Sprintf("internal/%s: migrations %v on sqlite, %v on postgres", name, numbers["sqlite"], numbers["postgres"]))
		}
		if !slices.Equal(tables["sqlite"], tables["postgres"]) {
			complaints = append(complaints, fmt.Sprintf("internal/%s: tables %v on sqlite, %v on postgres", name, tables["sqlite"], tables["postgres"]))
		}
	}
	return complaints
}

// Tables without row level security, with the reason.
var noRowSecurity = map[string]string{
	"inbox_message_fts": searchIndex,
	"care_message_fts":  searchIndex,
}

// See package fulltext.
const searchIndex = "the operator @@ is not leakproof: under a policy every row is read instead of the index; " +
	"it holds numbers and words, and messages are read from their own table under its policy"

// rowsAreGuarded: on PostgreSQL each table enables row level security, forces it
// upon its owner (who is what Fishpond connects as) and has a policy over org_id.
func rowsAreGuarded(h *house) (complaints []string) {
	sql := map[string]string{} // module → all its migrations
	for _, t := range h.tables {
		if t.engine != "postgres" || noRowSecurity[t.name] != "" {
			continue
		}
		if _, ok := sql[t.module]; !ok {
			sql[t.module] = h.postgresSQL(t.module)
		}
		name := `\s+"?` + t.name + `"?\s`
		for what, pattern := range map[string]string{
			"does not enable row level security":               `ALTER\s+TABLE` + name + `+ENABLE\s+ROW\s+LEVEL\s+SECURITY`,
			"does not force row level security upon its owner": `ALTER\s+TABLE` + name + `+FORCE\s+ROW\s+LEVEL\s+SECURITY`,
			"has no policy over org_id for row level security": `CREATE\s+POLICY\s+\w+\s+ON` + name + `[^;]*\borg_id\b`,
		} {
			if !regexp.MustCompile(`(?is)` + pattern).MatchString(sql[t.module]) {
				complaints = append(complaints, fmt.Sprintf("%s: %s %s", t.file, t.name, what))
			}
		}
	}
	return complaints
}

func (h *house) postgresSQL(name string) string {
	files, _ := filepath.Glob(filepath.Join(h.root, "internal", name, "migrations", "postgres", "*.sql"))
	var text strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // then the rule finds the security missing
		}
		up, _, _ := strings.Cut(string(content), "-- +goose Down")
		text.WriteString(comment.ReplaceAllString(up, "") + "\n")
	}
	return text.String()
}

// libraryTables are those that a library makes and one package speaks to.
var libraryTables = map[string]string{
	"river_job": "internal/platform/jobs", "river_leader": "internal/platform/jobs", "river_queue": "internal/platform/jobs",
}

// inSQL finds a table's name where SQL has one. The keyword must be in capitals, as
// all our SQL is; prose is not.
var inSQL = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|USING)\s+"?([a-z_][a-z0-9_]*)`)

// tablesStayHome: a table appears in no other module's SQL. Who needs another's
// data follows the timeline or asks through a port.
func tablesStayHome(h *house) (complaints []string) {
	home := maps.Clone(libraryTables)
	for _, t := range h.tables {
		home[t.name] = "internal/" + t.module
	}
	foreign := func(f source, name string) bool {
		owner, known := home[name]
		return known && f.pkg != owner && !strings.HasPrefix(f.pkg, owner+"/")
	}
	for _, f := range h.files {
		// Measurements compare with plain SQL on purpose.
		if f.test || f.pkg == "bench" || strings.HasPrefix(f.pkg, "bench/") {
			continue
		}
		ast.Inspect(f.ast, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				return true
			}
			names := []string{text} // a bare name, as BulkInsert takes
			for _, m := range inSQL.FindAllStringSubmatch(text, -1) {
				names = append(names, m[1])
			}
			for _, name := range names {
				// A bare name must look like a table: "org" is also a word.
				if foreign(f, name) && (name != text || strings.Contains(name, "_")) {
					complaints = append(complaints, fmt.Sprintf("%s uses %s, a table of %s", f.at(literal), name, home[name]))
				}
			}
			return true
		})
	}
	return complaints
}
