package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Limits of XML that a stranger may have written.
const (
	MaxXML      = 64 << 10 // bytes
	maxXMLDepth = 16
	maxXMLNodes = 2000
)

// ErrXML is XML that is too large, too deep, or more than elements and text.
var ErrXML = errors.New("wire: not acceptable XML")

// DecodeXML reads one document into v. Before that it walks the whole document
// once: no DOCTYPE, and with it no entities, no processing instruction but the
// declaration, a limit on bytes, depth and elements, nothing after the root.
// The error is an ErrXML that says what was wrong.
func DecodeXML(data []byte, v any) error {
	if len(data) > MaxXML {
		return fmt.Errorf("%w: %d bytes", ErrXML, len(data))
	}
	if err := inspect(data); err != nil {
		return err
	}
	if err := xml.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrXML, err)
	}
	return nil
}

func inspect(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data)) // Strict; its Entity map is empty
	depth, nodes, roots := 0, 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrXML, err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return fmt.Errorf("%w: a directive", ErrXML)
		case xml.ProcInst:
			if t.Target != "xml" || nodes > 0 {
				return fmt.Errorf("%w: a processing instruction", ErrXML)
			}
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
			nodes++
			if depth > maxXMLDepth || nodes > maxXMLNodes || roots > 1 || len(t.Attr) > 8 {
				return fmt.Errorf("%w: too much of it", ErrXML)
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return fmt.Errorf("%w: text outside of the root", ErrXML)
			}
		}
	}
	if roots != 1 || depth != 0 {
		return fmt.Errorf("%w: not one whole document", ErrXML)
	}
	return nil
}

// Envelope is the outside of an encrypted callback.
type Envelope struct {
	ToUserName string `xml:"ToUserName"`
	AgentID    string `xml:"AgentID"`
	Encrypt    string `xml:"Encrypt"`
}

// DecodeEnvelope reads the outside of a callback's body. The error is ErrXML.
func DecodeEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	if err := DecodeXML(body, &e); err != nil {
		return e, err
	}
	if e.Encrypt == "" {
		return e, fmt.Errorf("%w: nothing encrypted in it", ErrXML)
	}
	return e, nil
}
