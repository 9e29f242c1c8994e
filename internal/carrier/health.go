package carrier

// How an account is.
const (
	HealthNew     = "new" // nobody has looked yet
	HealthOK      = "ok"
	HealthWarning = "warning"
	HealthFailing = "failing"
)
