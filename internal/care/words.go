package care

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/care/match"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Limits of words.
const (
	MaxWordFile  = 16 << 20 // bytes of an upload
	maxWords     = 500_000  // of an org
	maxWordChars = 64
	maxWordErrs  = 100 // lines that are named
)

// Word is a word of a list.
type Word struct {
	Word      string `json:"word"`
	Exception bool   `json:"exception,omitempty" doc:"Where this stands, no word inside it counts"`
}

// wordLine is a word as a file has it.
type wordLine struct {
	Word
	plain string
}

// Imported tells what became of a file of words.
type Imported struct {
	Lines    int64    `json:"lines" doc:"With a word"`
	Added    int64    `json:"added"`
	Repeated int64    `json:"repeated" doc:"There already, or more than once in the file"`
	List     WordList `json:"list"`
}

// exceptionMarks are what the second column says of an exception.
var exceptionMarks = map[string]bool{"exception": true, "例外": true, "1": true, "yes": true, "是": true}

// readWords understands a file of words: one a line, or a CSV whose second
// column says "例外" or "exception" of those that are. Lines that begin with #
// and a header are left out. UTF-8 or GB 18030.
func readWords(data []byte) (out []wordLine, repeated int64, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || !utf8.Valid(decoded) || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, 0, errs.InvalidField("file", i18n.T("无法识别文件的编码，请存为 UTF-8 的 TXT 或 CSV", "The encoding of the file is not known; save it as TXT or CSV in UTF-8"))
		}
		data = decoded
	}
	var wrong []errs.Field
	complain := func(number int, t i18n.Text) {
		if len(wrong) < maxWordErrs {
			wrong = append(wrong, errs.Field{Path: fmt.Sprintf("line %d", number), Text: i18n.Text{ZH: fmt.Sprintf("第 %d 行：", number) + t.ZH, EN: fmt.Sprintf("Line %d: ", number) + t.EN}})
		}
	}
	seen := map[string]bool{}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes, r.Comment = -1, true, true, '#'
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			complain(bad.StartLine, i18n.T("无法读取，可能引号没有成对", "cannot be read; perhaps a quote is not closed"))
			break
		}
		number, _ := r.FieldPos(0)
		raw := strings.TrimPrefix(strings.TrimSpace(record[0]), "'") // exports write '=word
		if head := strings.ToLower(raw); first && (head == "word" || head == "词" || head == "敏感词") || raw == "" && len(record) == 1 {
			continue
		}
		w := wordLine{Word: Word{Word: plaintext.Line(raw, maxWordChars+1), Exception: len(record) > 1 && exceptionMarks[strings.ToLower(strings.TrimSpace(record[1]))]}}
		w.plain = match.Fold(w.Word.Word)
		switch {
		case utf8.RuneCountInString(w.Word.Word) > maxWordChars || len(w.plain) > match.MaxFolded:
			complain(number, i18n.T("一个词最多 %d 个字", "a word has at most %d characters", maxWordChars))
			continue
		case w.plain == "":
			complain(number, i18n.T("没有字母、数字或汉字，无法匹配", "there are no letters or digits in it to be found"))
			continue
		}
		key := fmt.Sprint(w.Exception) + w.plain
		if seen[key] {
			repeated++
			continue
		}
		seen[key] = true
		if out = append(out, w); len(out) > maxWords {
			return nil, 0, errs.TooLarge(i18n.T("最多 %d 个词", "At most %d words", maxWords))
		}
	}
	if len(wrong) > 0 {
		return nil, 0, errs.Invalid(i18n.T("词库文件有错误，什么也没有写入；请按行改正后重新上传", "The file has mistakes and nothing was stored; correct the lines and upload it again"), wrong...)
	}
	return out, repeated, nil
}

// wordsAtOnce is how many words a statement stores.
const wordsAtOnce = 5000

// Import stores a file of words in a list: all of it, or nothing when a line is
// wrong. replace puts them in the place of those that are there.
func (s *Service) Import(ctx context.Context, id string, data []byte, replace bool) (out Imported, err error) {
	words, repeated, err := readWords(data)
	if err != nil {
		return out, err
	}
	err = s.changeWords(ctx, func(tx *db.Tx, org string) error {
		out = Imported{Lines: int64(len(words)) + repeated, Repeated: repeated}
		if _, err := listByID(ctx, tx, org, id); err != nil {
			return err
		}
		if replace {
			if _, err := tx.Exec(ctx, "DELETE FROM care_word WHERE org_id = ? AND list_id = ?", org, id); err != nil {
				return err
			}
		}
		for from := 0; from < len(words); from += wordsAtOnce {
			some := words[from:min(from+wordsAtOnce, len(words))]
			added, err := insertWords(ctx, tx, org, id, some)
			if err != nil {
				return err
			}
			out.Added, out.Repeated = out.Added+added, out.Repeated+int64(len(some))-added
		}
		if out.List, err = s.recount(ctx, tx, org, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "care.words.imported", "word_list", id, map[string]any{"added": out.Added, "repeated": out.Repeated, "replaced": replace})
	})
	return out, err
}

func insertWords(ctx context.Context, tx *db.Tx, org, list string, words []wordLine) (int64, error) {
	plain, written, exception := make([]string, len(words)), make([]string, len(words)), make([]int64, len(words))
	for i, w := range words {
		plain[i], written[i], exception[i] = w.plain, w.Word.Word, db.Bit(w.Exception)
	}
	n, err := tx.BulkInsert(ctx, "care_word", "ON CONFLICT (org_id, list_id, exception, plain) DO NOTHING",
		db.Same("org_id", org, len(words)), db.Same("list_id", list, len(words)), db.Int("exception", exception), db.Text("plain", plain), db.Text("word", written))
	if err != nil {
		return n, fmt.Errorf("care: words: %w", err)
	}
	return n, nil
}

// recount brings the numbers of a list up to date.
func (s *Service) recount(ctx context.Context, tx *db.Tx, org, id string) (WordList, error) {
	if _, err := tx.Exec(ctx, `UPDATE care_list SET words = (SELECT count(*) FROM care_word w WHERE w.org_id = ? AND w.list_id = ? AND w.exception = 0),
		exceptions = (SELECT count(*) FROM care_word w WHERE w.org_id = ? AND w.list_id = ? AND w.exception = 1), updated_at = ? WHERE org_id = ? AND id = ?`, org, id, org, id, s.micros(), org, id); err != nil {
		return WordList{}, err
	}
	var all int64
	if err := tx.QueryRow(ctx, "SELECT COALESCE(sum(words + exceptions), 0) FROM care_list WHERE org_id = ?", org).Scan(&all); err != nil {
		return WordList{}, err
	}
	if all > maxWords {
		return WordList{}, errs.TooLarge(i18n.T("所有词库合计最多 %d 个词", "All lists together may have %d words at most", maxWords))
	}
	return listByID(ctx, tx, org, id)
}

// WordChange adds words to a list and takes others off it.
type WordChange struct {
	Add    []Word `json:"add,omitempty" maxItems:"1000" nullable:"false"`
	Remove []Word `json:"remove,omitempty" maxItems:"1000" nullable:"false"`
}

// ChangeWords adds and takes off words.
func (s *Service) ChangeWords(ctx context.Context, id string, c WordChange) (l WordList, err error) {
	var add []wordLine
	seen := map[string]bool{}
	for i, w := range c.Add {
		one := wordLine{Word: Word{Word: plaintext.Line(w.Word, maxWordChars+1), Exception: w.Exception}, plain: match.Fold(w.Word)}
		if one.plain == "" || utf8.RuneCountInString(one.Word.Word) > maxWordChars || len(one.plain) > match.MaxFolded {
			return l, errs.InvalidField(fmt.Sprintf("body.add[%d].word", i), i18n.T("要有字母、数字或汉字，最多 %d 个字", "It needs letters or digits, and at most %d characters", maxWordChars))
		}
		if key := fmt.Sprint(w.Exception) + one.plain; !seen[key] {
			seen[key], add = true, append(add, one)
		}
	}
	err = s.changeWords(ctx, func(tx *db.Tx, org string) error {
		if _, err := listByID(ctx, tx, org, id); err != nil {
			return err
		}
		for _, w := range c.Remove {
			if _, err := tx.Exec(ctx, "DELETE FROM care_word WHERE org_id = ? AND list_id = ? AND exception = ? AND plain = ?", org, id, db.Bit(w.Exception), match.Fold(w.Word)); err != nil {
				return err
			}
		}
		if len(add) > 0 {
			if _, err := insertWords(ctx, tx, org, id, add); err != nil {
				return err
			}
		}
		if l, err = s.recount(ctx, tx, org, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "care.words.changed", "word_list", id, map[string]any{"added": len(add), "removed": len(c.Remove)})
	})
	return l, err
}

// wordPlace is where a page of words goes on.
type wordPlace struct {
	Exception int64  `json:"e"`
	Plain     string `json:"p"`
}

// Words returns a page of a list's words that contain q.
func (s *Service) Words(ctx context.Context, id, q string, after wordPlace, limit int) (out []Word, next wordPlace, err error) {
	org := actor(ctx).OrgID
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(match.Fold(q)) + "%"
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, next = nil, wordPlace{}
		if _, err := listByID(ctx, tx, org, id); err != nil {
			return err
		}
		last := after
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var w Word
			var p wordPlace
			if err := rows.Scan(&w.Word, &p.Exception, &p.Plain); err != nil {
				return err
			}
			if w.Exception = p.Exception == 1; len(out) == limit {
				next = last
				return nil
			}
			out, last = append(out, w), p
			return nil
		}, `SELECT word, exception, plain FROM care_word WHERE org_id = ? AND list_id = ? AND (exception, plain) > (?, ?) AND plain LIKE ? ESCAPE '\' ORDER BY exception, plain LIMIT ?`,
			org, id, after.Exception, after.Plain, like, limit+1)
	})
	return out, next, err
}
