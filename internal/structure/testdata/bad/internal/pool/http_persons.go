package pool

import _ "github.com/danielgtaylor/huma/v2/adapters/humago"
