module fishpond

go 1.26.0
