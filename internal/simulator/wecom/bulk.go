package wecom

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// Bulk is a large number of contacts that are computed when they are looked at: a
// million cost nothing until one is changed. They are divided evenly among members.
type Bulk struct {
	Number  int64          `json:"number"`
	Count   int64          `json:"count"`
	Users   []string       `json:"users"`
	Seed    uint64         `json:"seed"`
	From    int64          `json:"from"` // the first was added then, in seconds
	To      int64          `json:"to"`   // and the last then
	Tags    []string       `json:"tags"` // about every third contact has one of these
	States  []string       `json:"states"`
	Unionid bool           `json:"unionid"`
	Kept    map[int64]bool `json:"kept"` // those that became contacts of their own

	salt uint64
}

// MaxBulk is how many contacts one call may make.
const MaxBulk = 10_000_000

// AddBulk makes count contacts, silently, added between two times by the members
// named (all that may have customers when none is).
func (c *Corp) AddBulk(b Bulk) error {
	return c.do(func() error {
		if b.Count < 1 || b.Count > MaxBulk {
			return fmt.Errorf("%w: count is %d; it is 1–%d", ErrArgument, b.Count, MaxBulk)
		}
		if len(b.Users) == 0 {
			for _, u := range c.members(c.below(1, true)) {
				if u.serves() {
					b.Users = append(b.Users, u.ID)
				}
			}
		}
		if len(b.Users) == 0 {
			return fmt.Errorf("%w: the corp has no member who may have customers", ErrArgument)
		}
		for _, id := range b.Users {
			if _, err := c.mustUser(id); err != nil {
				return err
			}
		}
		if b.To == 0 {
			b.To = c.now().Unix()
		}
		if b.From == 0 || b.From > b.To {
			b.From = b.To - int64(2*365*24*time.Hour/time.Second)
		}
		b.Number, b.Kept = int64(len(c.Bulks)), nil
		b.Unionid = c.OpenAccount != ""
		b.prepare(c.ID)
		c.Bulks = append(c.Bulks, &b)
		return nil
	})
}

func (b *Bulk) prepare(corp string) {
	if b.Kept == nil {
		b.Kept = map[int64]bool{}
	}
	b.salt = b.Seed
	for _, ch := range []byte(corp) {
		b.salt = mix(b.salt ^ uint64(ch))
	}
}

// mix spreads a number over 64 bits (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// id of a contact: "wm", number and index in base 36, and a tail that only this bulk of
// this corp gives; 32 characters.
func (b *Bulk) id(i int64) string {
	id := make([]byte, 0, 32)
	id = append(id, "wmK"...)
	id = append(id, padded(b.Number, 2)...)
	id = append(id, padded(i, 6)...)
	var tail [16]byte
	binary.BigEndian.PutUint64(tail[:], mix(b.salt^uint64(i)))
	binary.BigEndian.PutUint64(tail[8:], mix(b.salt+uint64(i)*3))
	text := base64.RawURLEncoding.EncodeToString(tail[:])
	return string(append(id, text[:32-len(id)]...))
}

func padded(n int64, width int) string {
	text := strconv.FormatInt(n, 36)
	return "000000000"[:width-len(text)] + text
}

// index is the inverse of id.
func (b *Bulk) index(id string) (int64, bool) {
	if len(id) != 32 || id[:3] != "wmK" || id[3:5] != padded(b.Number, 2) {
		return 0, false
	}
	i, err := strconv.ParseInt(id[5:11], 36, 64)
	return i, err == nil && i >= 0 && i < b.Count && b.id(i) == id
}

// rangeOf is which indexes a member has: from the first up to before the last.
func (b *Bulk) rangeOf(user string) (first, last int64) {
	n := int64(len(b.Users))
	for k, u := range b.Users {
		if u == user {
			return int64(k) * b.Count / n, int64(k+1) * b.Count / n
		}
	}
	return 0, 0
}

func (b *Bulk) userOf(i int64) string {
	n := int64(len(b.Users))
	k := i * n / b.Count
	for k+1 < n && (k+1)*b.Count/n <= i { // the division rounds down
		k++
	}
	for k > 0 && k*b.Count/n > i {
		k--
	}
	return b.Users[k]
}

var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗")
	givens   = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅鑫波宇浩然子涵欣怡梓轩")
)

// contact computes a contact and its friendship.
func (b *Bulk) contact(i int64) *Contact {
	r := mix(b.salt ^ mix(uint64(i)))
	pick := func(n int) int {
		r = mix(r)
		return int(r % uint64(n))
	}
	name := string(surnames[pick(len(surnames))]) + string(givens[pick(len(givens))])
	if pick(2) == 0 {
		name += string(givens[pick(len(givens))])
	}
	x := &Contact{ID: b.id(i), Name: name, Gender: pick(3)}
	if b.Unionid {
		var id [20]byte
		binary.BigEndian.PutUint64(id[:], mix(r^1))
		binary.BigEndian.PutUint64(id[8:], mix(r^2))
		binary.BigEndian.PutUint32(id[16:], uint32(mix(r^3)))
		x.Unionid = "o" + base64.RawURLEncoding.EncodeToString(id[:])[:27]
	}
	f := &Follow{User: b.userOf(i), CreatedAt: b.From + i*(b.To-b.From)/b.Count, AddWay: addedByScan, Oper: x.ID}
	if len(b.Tags) > 0 && pick(3) == 0 {
		f.Tags = []string{b.Tags[pick(len(b.Tags))]}
	}
	if len(b.States) > 0 && pick(2) == 0 {
		f.State = b.States[pick(len(b.States))]
	}
	if pick(5) == 0 {
		f.Mobiles = []string{fmt.Sprintf("139%08d", pick(100_000_000))}
	}
	x.Follows = []*Follow{f}
	return x
}
