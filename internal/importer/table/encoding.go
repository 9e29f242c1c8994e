package table

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	utf16 "golang.org/x/text/encoding/unicode"

	"fishpond/internal/platform/i18n"
)

// The encodings.
const (
	UTF8    = "utf-8"
	GB18030 = "gb18030"
	Latin1  = "latin-1" // read as its superset Windows-1252
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
)

// Encodings lists the names that Options.Encoding may take.
var Encodings = []string{UTF8, GB18030, Latin1, UTF16LE, UTF16BE}

func utf16BOM(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE
	}
	return ""
}

func codec(name string) encoding.Encoding {
	switch name {
	case GB18030:
		return simplifiedchinese.GB18030
	case Latin1:
		return charmap.Windows1252
	case UTF16LE:
		return utf16.UTF16(utf16.LittleEndian, utf16.UseBOM)
	case UTF16BE:
		return utf16.UTF16(utf16.BigEndian, utf16.UseBOM)
	}
	return encoding.Nop
}

// isASCII looks at eight bytes at a time: nearly every row is ASCII or short.
func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// guessEncoding decides from bytes that begin with the first line beyond
// ASCII. Lines vote for UTF-8, since a single wrong line must not turn the
// rest into rubbish; Latin-1 is what fits when nothing else does.
func guessEncoding(sample []byte) string {
	var good, bad int
	var foreign []byte
	for line := range bytes.Lines(sample) {
		switch {
		case isASCII(line):
		case utf8.Valid(line):
			good++
		default:
			bad++
			foreign = append(foreign, line...)
		}
	}
	if good >= bad {
		return UTF8
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(foreign)
	if err != nil {
		return Latin1
	}
	var han, odd int
	for _, r := range string(text) {
		switch {
		case r < utf8.RuneSelf:
		case commonHan(r), r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xffef:
			han++
		default:
			odd++
		}
	}
	if han > 2*odd && han > 1 {
		return GB18030
	}
	return Latin1
}

// commonHan reports whether r is in the first level of GB 2312, the 3,755
// characters that make up nearly all written Chinese. Latin-1 text taken for
// GB18030 lands mostly outside of it.
func commonHan(r rune) bool {
	if !unicode.Is(unicode.Han, r) {
		return false
	}
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r)))
	return err == nil && len(b) == 2 && b[0] >= 0xb0 && b[0] <= 0xd7 && b[1] >= 0xa1
}

// decode gives the row's cells in UTF-8 and says what is wrong with its bytes.
func decode(enc string, raw []byte, cells [][]byte) i18n.Text {
	switch enc {
	case UTF8:
		if utf8.Valid(raw) {
			return i18n.Text{}
		}
		for i, c := range cells {
			cells[i] = bytes.ToValidUTF8(c, []byte("\ufffd"))
		}
		return badBytes(enc)
	case GB18030:
		// Two or more three-byte sequences in a row that is wholly UTF-8 are no accident.
		if threeByteRunes(raw) >= 2 && utf8.Valid(raw) {
			return i18n.T("编码不一致：整个文件是 GB18030，这一行却是 UTF-8", "Mixed encodings: the file is GB18030 but this line is UTF-8")
		}
		fallthrough
	case Latin1:
		dec, broken := codec(enc).NewDecoder(), false
		for i, c := range cells {
			if isASCII(c) {
				continue
			}
			text, err := dec.Bytes(c)
			broken = broken || err != nil || bytes.ContainsRune(text, utf8.RuneError)
			cells[i] = text
		}
		if broken {
			return badBytes(enc)
		}
	}
	return i18n.Text{}
}

func threeByteRunes(b []byte) (n int) {
	for i := 0; i+2 < len(b); i++ {
		if b[i] >= 0xe4 && b[i] <= 0xe9 && b[i+1]&0xc0 == 0x80 && b[i+2]&0xc0 == 0x80 {
			n++
			i += 2
		}
	}
	return n
}

func badBytes(enc string) i18n.Text {
	return i18n.T("有些字节不是 %s 编码的文字", "Some bytes are not text in %s", enc)
}
