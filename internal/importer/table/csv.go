package table

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// csvRows splits text into records (RFC 4180, and what spreadsheets make of
// it). encoding/csv is not used because it neither bounds a record nor lets
// the encoding be settled on the way, and stops at the first bad quote.
type csvRows struct {
	src      io.Reader
	srcErr   error // after which src gives nothing more; io.EOF at its end
	buf      []byte
	pos, end int // the unread part of buf
	delim    byte
	newline  byte   // '\n', or '\r' for files of very old Macs
	enc      string // empty while only ASCII has been seen
	streamed bool   // src is decoded already, with U+FFFD where it could not be
	line     int64  // of buf[pos]
	cells    [][]byte
	text     []byte // unquoted text of the current record
}

var delimiters = []byte{',', ';', '\t', '|'}

func newCSV(src io.Reader, head []byte, o Options) (*csvRows, error) {
	r := &csvRows{src: src, line: 1, newline: '\n', enc: o.Encoding, buf: make([]byte, 256<<10)}
	if wide := utf16BOM(head); wide != "" && o.Encoding == "" {
		r.enc = wide
	}
	switch r.enc {
	case "", UTF8, GB18030, Latin1:
	case UTF16LE, UTF16BE:
		dec := codec(r.enc)
		r.src, r.streamed = transform.NewReader(src, dec.NewDecoder()), true
		text, _, _ := transform.Bytes(dec.NewDecoder(), head[:len(head)&^1]) // a pair that is cut at the end only costs its mark
		if bytes.IndexByte(text, 0) >= 0 {
			return nil, notATable(kindBinary)
		}
		head = text
	default:
		return nil, errs.InvalidField("encoding", i18n.T("不认识的编码，可选：%s", "Unknown encoding; one of %s", strings.Join(Encodings, ", ")))
	}
	r.skipBOM()
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		r.newline = '\r'
	}
	hint, rest := sepHint(head)
	switch {
	case o.Delimiter == "\\t":
		r.delim = '\t'
	case len(o.Delimiter) == 1 && bytes.IndexByte(delimiters, o.Delimiter[0]) >= 0:
		r.delim = o.Delimiter[0]
	case o.Delimiter != "":
		return nil, errs.InvalidField("delimiter", i18n.T("分隔符只能是逗号、分号、竖线或制表符", "The separator must be a comma, a semicolon, a bar or a tab"))
	case hint != 0:
		r.delim = hint
	default:
		r.delim = guessDelimiter(rest, r.newline)
	}
	if hint != 0 { // the line that says so is not the header
		if _, _, _, err := r.next(); err != nil {
			return nil, err
		}
	}
	if r.enc == GB18030 && r.delim == '|' {
		r.transcode()
	}
	return r, nil
}

func (r *csvRows) encoding() string {
	if r.enc == "" {
		return UTF8
	}
	return r.enc
}

func (r *csvRows) close() error { return nil }

// skipBOM drops the mark at the start, which settles the encoding.
func (r *csvRows) skipBOM() {
	for r.end < 3 && r.srcErr == nil {
		r.fill()
	}
	if bytes.HasPrefix(r.buf[:r.end], []byte("\ufeff")) {
		r.pos = 3
		if r.enc == "" {
			r.enc = UTF8
		}
	}
}

// sepHint reads the line sep=; with which Excel is told the separator.
func sepHint(head []byte) (delim byte, rest []byte) {
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	first = bytes.TrimRight(first, "\r")
	if len(first) == 5 && bytes.EqualFold(first[:4], []byte("sep=")) && bytes.IndexByte(delimiters, first[4]) >= 0 {
		return first[4], rest
	}
	return 0, head
}

// guessDelimiter takes the separator that cuts the first lines into the same
// number of cells, the more the better.
func guessDelimiter(head []byte, newline byte) byte {
	best, bestScore := byte(','), 0
	for _, d := range delimiters {
		r := &csvRows{src: bytes.NewReader(head), buf: make([]byte, 0, len(head)+1), line: 1, delim: d, newline: newline, enc: Latin1}
		r.buf = r.buf[:cap(r.buf)]
		want, same, seen := 0, 0, 0
		for seen < 20 {
			_, cells, _, err := r.next()
			if err != nil {
				break
			}
			if seen == 0 {
				want = len(cells)
			}
			seen++
			if len(cells) == want {
				same++
			}
		}
		score := 0
		if want > 1 {
			score = want
			if 5*same >= 4*seen {
				score += 1000
			}
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// fill reads more behind the unread part, moving it to the front or growing
// the buffer as needed. It sets srcErr when there is no more.
func (r *csvRows) fill() {
	if r.srcErr != nil {
		return
	}
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.end -= r.pos
		r.pos = 0
	}
	if r.end == len(r.buf) {
		grown := make([]byte, 2*len(r.buf))
		copy(grown, r.buf)
		r.buf = grown
	}
	for tries := 0; r.srcErr == nil; tries++ {
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		r.srcErr = err
		if n > 0 {
			return
		}
		if tries > 100 {
			r.srcErr = io.ErrNoProgress
		}
	}
}

// physical returns the length of the unread part up to and with the first
// newline at or after skip; without one, all that is left.
func (r *csvRows) physical(skip int) (int, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.pos+skip:r.end], r.newline); i >= 0 {
			return skip + i + 1, nil
		}
		skip = r.end - r.pos
		if skip > maxRecord {
			return 0, at(r.line, &damage{text: i18n.T("从这一行开始的记录超过 %d MB，可能是引号没有闭合，或文件不是 CSV",
				"The record that begins here is larger than %d MB: a quote may be left open, or this is not a CSV", maxRecord>>20)})
		}
		if r.srcErr == io.EOF {
			if skip == 0 {
				return 0, io.EOF
			}
			return skip, nil
		}
		if r.srcErr != nil {
			return 0, at(r.line+int64(bytes.Count(r.buf[r.pos:r.end], []byte{r.newline})), r.srcErr)
		}
		r.fill()
	}
}

func (r *csvRows) next() (line int64, cells [][]byte, problem i18n.Text, err error) {
	for {
		n, quoted, err := r.record()
		if err != nil {
			return 0, nil, i18n.Text{}, err
		}
		raw := r.buf[r.pos : r.pos+n]
		if r.enc == "" && !isASCII(raw) {
			r.settle()
			continue // the record may lie elsewhere now
		}
		line = r.line
		body := bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte{r.newline}), []byte{'\r'})
		lines := int64(1)
		if quoted.lines > 0 {
			lines = quoted.lines
		}
		if quoted.bad && lines > 1 {
			return 0, nil, i18n.Text{}, at(line, &damage{text: i18n.T("这一行的引号没有正确闭合（在第 %d 行前后才又遇到引号），无法确定记录在哪里结束",
				"A quote on this line is not closed properly (the next one is about line %d), so it cannot be told where the record ends", line+lines-1)})
		}
		r.pos += n
		r.line += lines
		if len(body) == 0 {
			continue
		}
		if quoted.any {
			r.splitQuoted(body)
		} else {
			r.split(body)
		}
		switch {
		case quoted.bad:
			problem = i18n.T("引号后面还有文字，引号用法不对", "There is text behind a closing quote")
		case bytes.IndexByte(raw, 0) >= 0:
			problem = i18n.T("含有二进制数据（零字节）", "It holds binary data (a zero byte)")
		}
		if !isASCII(raw) {
			if p := r.decode(raw); problem.IsZero() {
				problem = p
			}
		}
		return line, r.cells, problem, nil
	}
}

// quotes follows the quoting through a record.
type quotes struct {
	any   bool  // there is a quote somewhere
	open  bool  // inside a quoted cell
	bad   bool  // text behind a closing quote
	lines int64 // physical lines, counted only when any
	state byte
}

const (
	cellStart byte = iota
	plain
	inQuotes
	quoteInQuotes // a closing quote, or the first half of a doubled one
)

func (q *quotes) scan(p []byte, delim, newline byte) {
	q.lines++
	for _, c := range p {
		switch q.state {
		case cellStart, plain:
			switch c {
			case '"':
				if q.state == cellStart {
					q.state = inQuotes
				}
			case delim, newline:
				q.state = cellStart
			default:
				q.state = plain
			}
		case inQuotes:
			if c == '"' {
				q.state = quoteInQuotes
			}
		case quoteInQuotes:
			switch c {
			case '"':
				q.state = inQuotes
			case delim, newline:
				q.state = cellStart
			case '\r':
			default:
				q.bad = true
				q.state = plain
			}
		}
	}
	q.open = q.state == inQuotes
}

// record finds the next record: how long it is, and its quoting.
func (r *csvRows) record() (int, quotes, error) {
	var q quotes
	from := 0
	for {
		n, err := r.physical(from)
		if err != nil {
			return 0, q, err
		}
		part := r.buf[r.pos+from : r.pos+n]
		if !q.any && bytes.IndexByte(part, '"') < 0 {
			return n, q, nil
		}
		q.any = true
		q.scan(part, r.delim, r.newline)
		if !q.open {
			return n, q, nil
		}
		if n > maxRecord || r.srcErr == io.EOF && r.pos+n == r.end {
			return 0, q, at(r.line, &damage{text: i18n.T("从这一行开始的引号一直没有闭合", "A quote that opens in the record beginning here is never closed")})
		}
		from = n
	}
}

// split cuts a record without quotes.
func (r *csvRows) split(body []byte) {
	r.cells = r.cells[:0]
	for {
		i := bytes.IndexByte(body, r.delim)
		if i < 0 || len(r.cells) > 2*maxColumns {
			r.cells = append(r.cells, body)
			return
		}
		r.cells = append(r.cells, body[:i:i])
		body = body[i+1:]
	}
}

// splitQuoted cuts a record with quotes and takes them off. What follows a
// closing quote is kept as it is: such rows are rejected, but shown.
func (r *csvRows) splitQuoted(body []byte) {
	r.cells = r.cells[:0]
	if cap(r.text) < len(body) {
		r.text = make([]byte, 0, 2*len(body)) // never grows below: cells point into it
	}
	text := r.text[:0]
	start, state := 0, cellStart
	for _, c := range body {
		switch state {
		case cellStart, plain, quoteInQuotes:
			switch {
			case c == r.delim:
				if len(r.cells) <= 2*maxColumns {
					r.cells = append(r.cells, text[start:len(text):len(text)])
				}
				start, state = len(text), cellStart
				continue
			case c == '"' && state == cellStart, c == '"' && state == quoteInQuotes:
				if state == quoteInQuotes {
					text = append(text, '"')
				}
				state = inQuotes
				continue
			}
			text, state = append(text, c), plain
		case inQuotes:
			if c == '"' {
				state = quoteInQuotes
				continue
			}
			text = append(text, c)
		}
	}
	r.cells = append(r.cells, text[start:])
	r.text = text
}

// settle decides on the encoding, now that a line shows more than ASCII.
func (r *csvRows) settle() {
	for r.end-r.pos < headSize && r.srcErr == nil {
		r.fill()
	}
	r.enc = guessEncoding(r.buf[r.pos:r.end])
	if r.enc == GB18030 && r.delim == '|' {
		r.transcode()
	}
}

// transcode decodes all that is left as a stream: in GB18030 the byte of | is
// also the second half of characters, so records cannot be cut before.
func (r *csvRows) transcode() {
	left := bytes.Clone(r.buf[r.pos:r.end])
	src := r.src
	if r.srcErr != nil {
		src = failed{r.srcErr}
	}
	r.src = transform.NewReader(io.MultiReader(bytes.NewReader(left), src), codec(GB18030).NewDecoder())
	r.pos, r.end, r.srcErr, r.streamed = 0, 0, nil, true
}

// decode brings the current record's cells to UTF-8 and says what is wrong
// with its bytes.
func (r *csvRows) decode(raw []byte) i18n.Text {
	if !r.streamed {
		return decode(r.enc, raw, r.cells)
	}
	if bytes.ContainsRune(raw, utf8.RuneError) {
		return badBytes(r.enc)
	}
	return i18n.Text{}
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
