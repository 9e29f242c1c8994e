package structure

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// Declarations whose queries do not name the organisation, with the reason.
var orgElsewhere = map[string]string{
	"internal/pool:count":    "listQuery.where begins every condition with org_id",
	"internal/pool:listRows": "its two callers begin the condition with org_id",
}

// queriesNameTheOrg: SQL over a module's table says org_id, in the literal itself or
// in another piece of the same declaration (queries are put together from
// constants). On SQLite nothing else keeps brands apart.
func queriesNameTheOrg(h *house) (complaints []string) {
	known := map[string]bool{}
	for _, t := range h.tables {
		known[t.name] = true
	}
	constants := map[string]string{} // package and name → text
	eachDeclaration(h, func(f source, name string, node ast.Node) {
		if _, isFunc := node.(*ast.FuncDecl); !isFunc {
			constants[f.pkg+"."+name] = textOf(node)
		}
	})
	eachDeclaration(h, func(f source, name string, node ast.Node) {
		if moduleOf(f.pkg) == "" || orgElsewhere[f.pkg+":"+name] != "" {
			return
		}
		whole := textOf(node)
		ast.Inspect(node, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				whole += constants[f.pkg+"."+id.Name]
			}
			return true
		})
		if strings.Contains(whole, "org_id") {
			return
		}
		for _, m := range inSQL.FindAllStringSubmatch(textOf(node), -1) {
			if known[m[1]] {
				complaints = append(complaints, fmt.Sprintf("%s: %s queries %s without org_id", f.at(node), name, m[1]))
				return
			}
		}
	})
	return complaints
}

// eachDeclaration calls fn with every function, constant and variable of the
// product's packages.
func eachDeclaration(h *house, fn func(f source, name string, node ast.Node)) {
	for _, f := range h.files {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				fn(f, d.Name.Name, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if value, ok := spec.(*ast.ValueSpec); ok {
						fn(f, value.Names[0].Name, value)
					}
				}
			}
		}
	}
}

// textOf joins the string literals below a node.
func textOf(node ast.Node) string {
	var text strings.Builder
	ast.Inspect(node, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if s, err := strconv.Unquote(literal.Value); err == nil {
				text.WriteString(s + "\n")
			}
		}
		return true
	})
	return text.String()
}
