package pool

const columns = "org_id, id"

const everybody = "SELECT id FROM person"

const fine = "SELECT id FROM person WHERE org_id = ?"

func find() string {
	return "UPDATE person SET name = 'x'"
}

func put() string {
	return "INSERT INTO person (" + columns + ") VALUES (?, ?)"
}
