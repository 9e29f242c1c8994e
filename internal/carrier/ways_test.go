package carrier

import (
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A way that somebody deleted at the platform's console is made anew, with
// another picture; one that is there keeps its own.
func TestDeletedWaysAreMadeAnew(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newOcean(t, d)
		o.sync()
		put := func(config string) (string, string) {
			t.Helper()
			id, qr, err := o.s.PutContactWay(o.system(), org, o.acc, ContactWay{ConfigID: config, UserIDs: []string{"li"}, State: "cod_1"})
			o.must(err)
			return id, qr
		}
		first, picture := put("")
		if same, again := put(first); same != first || again != "" || picture == "" {
			t.Errorf("a change made %q %q of %q %q", same, again, first, picture)
		}
		o.must(o.s.DeleteContactWay(o.system(), org, o.acc, first))
		if anew, other := put(first); anew == first || other == "" || other == picture {
			t.Errorf("after it was deleted: %q %q, before %q %q", anew, other, first, picture)
		}
		var chat struct {
			ChatID string `json:"chat_id"`
		}
		o.control("POST", "/corps/ww0000000000000001/make_group", `{"userid":"li","name":"G","userids":["wu"],"customers":[]}`, &chat)
		join := func(config string) (string, string) {
			t.Helper()
			id, qr, err := o.s.PutJoinWay(o.system(), org, o.acc, JoinWay{ConfigID: config, ChatIDs: []string{chat.ChatID}, State: "grp_1"})
			o.must(err)
			return id, qr
		}
		first, picture = join("")
		o.must(o.s.DeleteJoinWay(o.system(), org, o.acc, first))
		if anew, other := join(first); anew == first || other == "" || other == picture {
			t.Errorf("a way into groups, after it was deleted: %q %q, before %q %q", anew, other, first, picture)
		}
	})
}
