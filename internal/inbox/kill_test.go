package inbox

func killed() bool { return false }
