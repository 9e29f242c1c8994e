package predicate

import _ "embed"

// Schema is the JSON Schema (2020-12) of the JSON form. What it accepts is
// well formed; whether names exist and types fit only Compile can say.
//
//go:embed predicate.schema.json
var Schema []byte
