package wire_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/wire"
)

// The platform's own example.
const (
	token     = "QDG6eK"
	aesKey    = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	corp      = "wx5823bf96d3bd56c7"
	timestamp = "1409659589"
	nonce     = "263014780"
	echo      = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
	signature = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
	plain     = "1616140317555161061"
)

func crypto(t testing.TB, token, key, receiver string) *wire.Crypto {
	t.Helper()
	c, err := wire.NewCrypto(token, key, receiver)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKnownAnswer(t *testing.T) {
	if got := wire.Sign(token, timestamp, nonce, echo); got != signature {
		t.Errorf("signature %s", got)
	}
	got, err := crypto(t, token, aesKey, corp).Open(signature, timestamp, nonce, echo)
	if err != nil || string(got) != plain {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	right := crypto(t, token, aesKey, corp)
	sealed, signed := right.Seal(timestamp, nonce, []byte("hello"))
	// What only a holder of the key can make, wrong inside.
	inside := func(build func() []byte) (string, string) {
		key, _ := base64.StdEncoding.DecodeString(aesKey + "=")
		b, _ := aes.NewCipher(key)
		p := build()
		cipher.NewCBCEncrypter(b, key[:16]).CryptBlocks(p, p)
		e := base64.StdEncoding.EncodeToString(p)
		return e, wire.Sign(token, timestamp, nonce, e)
	}
	message := func(n uint32, receiver string, pad ...byte) []byte {
		p := make([]byte, 16, 64)
		p = binary.BigEndian.AppendUint32(p, n)
		p = append(append(p, "hello"...), receiver...)
		return append(p, pad...)
	}
	padding := func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n) }
	type c struct {
		name, signature, nonce, encrypted string
		by                                *wire.Crypto
		want                              error
	}
	cases := []c{
		{"another signature", strings.Repeat("0", 40), nonce, sealed, right, wire.ErrSignature},
		{"no signature", "", nonce, sealed, right, wire.ErrSignature},
		{"another nonce", signed, "1", sealed, right, wire.ErrSignature},
		{"another token", signed, nonce, sealed, crypto(t, "other", aesKey, corp), wire.ErrSignature},
		{"another receiver", signed, nonce, sealed, crypto(t, token, aesKey, "ww_other"), wire.ErrReceiver},
		{"a longer receiver", signed, nonce, sealed, crypto(t, token, aesKey, corp+"x"), wire.ErrReceiver},
		{"changed content", signed, nonce, "A" + sealed[1:], right, wire.ErrSignature},
	}
	for name, build := range map[string]func() []byte{
		"a length past the end":    func() []byte { return message(1<<31, corp, padding(21)...) },
		"the longest length":       func() []byte { return message(1<<32-1, corp, padding(21)...) },
		"padding of nothing":       func() []byte { return message(5, corp, bytes.Repeat([]byte{0}, 21)...) },
		"padding past 32":          func() []byte { return message(5, corp, bytes.Repeat([]byte{33}, 37)...) },
		"padding that disagrees":   func() []byte { return message(5, corp, append(make([]byte, 20), 21)...) },
		"shorter than its head":    func() []byte { return append(make([]byte, 4), padding(12)...) },
		"nothing but padding":      func() []byte { return padding(32) },
		"a block of zero and text": func() []byte { return make([]byte, 16) },
	} {
		e, s := inside(build)
		cases = append(cases, c{name, s, nonce, e, right, wire.ErrCipher})
	}
	for _, e := range []string{"", "!", "AAAA", sealed + "AAAA"} {
		cases = append(cases, c{"not of whole blocks " + e, wire.Sign(token, timestamp, nonce, e), nonce, e, right, wire.ErrCipher})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.by.Open(c.signature, timestamp, c.nonce, c.encrypted)
			if !errors.Is(err, c.want) || got != nil {
				t.Errorf("%q, %v; want %v", got, err, c.want)
			}
		})
	}
	for _, key := range []string{"", "short", aesKey + "A", strings.Repeat("!", 43)} {
		if _, err := wire.NewCrypto(token, key, corp); !errors.Is(err, wire.ErrKey) {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

func TestSealedOpens(t *testing.T) {
	c := crypto(t, token, aesKey, corp)
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "message")
		at, salt := rapid.StringMatching(`[0-9]{1,10}`).Draw(t, "timestamp"), rapid.String().Draw(t, "nonce")
		sealed, signed := c.Seal(at, salt, message)
		got, err := c.Open(signed, at, salt, sealed)
		if err != nil || !bytes.Equal(got, message) {
			t.Fatalf("%q became %q, %v", message, got, err)
		}
	})
}

// FuzzOpen: whoever knows the token but not the key gets no message out and
// breaks nothing.
func FuzzOpen(f *testing.F) {
	c := crypto(f, token, aesKey, corp)
	f.Add(timestamp, nonce, echo)
	f.Add("", "", "AAAAAAAAAAAAAAAAAAAAAA==")
	f.Fuzz(func(t *testing.T, at, salt, encrypted string) {
		got, err := c.Open(wire.Sign(token, at, salt, encrypted), at, salt, encrypted)
		if err == nil && encrypted != echo {
			t.Errorf("%q opened as %q", encrypted, got)
		}
	})
}

func TestXML(t *testing.T) {
	bomb := `<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>`
	cases := map[string]string{
		"an entity bomb":     bomb,
		"an external entity": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>`,
		"an unknown entity":  `<xml><Encrypt>&e;</Encrypt></xml>`,
		"a doctype":          `<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>`,
		"an instruction":     `<?php x?><xml><Encrypt>a</Encrypt></xml>`,
		"too deep":           strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17),
		"too many":           "<xml>" + strings.Repeat("<a></a>", 2000) + "<Encrypt>a</Encrypt></xml>",
		"too long":           "<xml><Encrypt>" + strings.Repeat("a", wire.MaxXML) + "</Encrypt></xml>",
		"cut off":            "<xml><Encrypt>abc",
		"two roots":          "<xml><Encrypt>a</Encrypt></xml><xml></xml>",
		"text behind":        "<xml><Encrypt>a</Encrypt></xml>more",
		"empty":              "",
		"nothing encrypted":  "<xml><ToUserName>a</ToUserName></xml>",
		"JSON":               `{"Encrypt":"a"}`,
		"not UTF-8":          "<xml><Encrypt>\xff\xfe</Encrypt></xml>",
		"another encoding":   `<?xml version="1.0" encoding="gbk"?><xml><Encrypt>a</Encrypt></xml>`,
	}
	for name, body := range cases {
		if e, err := wire.DecodeEnvelope([]byte(body)); !errors.Is(err, wire.ErrXML) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	e, err := wire.DecodeEnvelope([]byte(`<?xml version="1.0"?><xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID>7</AgentID><Encrypt><![CDATA[a<b]]></Encrypt></xml>`))
	if err != nil || fmt.Sprint(e) != "{ww1 7 a<b}" {
		t.Errorf("%+v, %v", e, err)
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte("<xml><Encrypt><![CDATA[a]]></Encrypt></xml>"))
	f.Add([]byte("<!DOCTYPE x><xml>&a;</xml>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := wire.DecodeEnvelope(body)
		if err == nil && (e.Encrypt == "" || len(e.Encrypt) > len(body)) { // text that grew was an entity
			t.Errorf("%q gave %+v", body, e)
		}
	})
}
