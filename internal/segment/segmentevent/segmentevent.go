// Package segmentevent holds the events that segments emit.
package segmentevent

// Kinds of the segments' events. They concern the person who moved, as that
// person's id was then; who leaves the pool by a merge leaves its segments
// without an event, for person.merged says it.
const (
	Entered = "segment.entered"
	Left    = "segment.left"
)

// Why somebody moved.
const (
	Changed = "changed" // something about the person changed
	Time    = "time"    // a day came, a window slid
	Edited  = "edited"  // the segment, or one that it refers to, is defined otherwise
	Created = "created" // the segment is new
	List    = "list"    // the person was put on a list or taken off it by hand
)

// Moved is the data of segment.entered and segment.left.
type Moved struct {
	SegmentID string `json:"segment_id"`
	Version   int64  `json:"version"` // of the segment's definition
	Cause     string `json:"cause"`
}
