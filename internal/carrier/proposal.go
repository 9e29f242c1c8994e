package carrier

// What becomes of what people tell of themselves in chats.
const (
	linksOff     = "off"
	linksPropose = "propose"
	linksAttach  = "link" // what nobody else has is noted at once
)
