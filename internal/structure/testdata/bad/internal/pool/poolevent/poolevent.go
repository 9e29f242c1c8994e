package poolevent

import _ "fishpond/internal/platform/db"
