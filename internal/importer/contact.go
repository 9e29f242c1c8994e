package importer

import (
	"github.com/cespare/xxhash/v2"

	"fishpond/internal/platform/i18n"
)

// contact is who an order names.
type contact struct{ customer, phone, email, name, region string }

// key tells the customers of a file apart: by number, else phone, else e-mail.
func (c contact) key() uint64 {
	switch {
	case c.customer != "":
		return xxhash.Sum64String("c" + c.customer)
	case c.phone != "":
		return xxhash.Sum64String("p" + c.phone)
	}
	return xxhash.Sum64String("e" + c.email)
}

// add takes what a line says about the customer; false when it contradicts
// the lines before.
func (c *contact) add(p *plan, cells [][]byte) bool {
	customer := customerID(cell(cells, p.c.customer))
	phone, email := string(cell(cells, p.c.phone)), string(cell(cells, p.c.email))
	switch {
	case c.customer != "" && customer != "" && c.customer != customer:
		return false
	case c.customer == "" && customer == "" && c.phone != "" && phone != "" && c.phone != phone:
		return false
	}
	c.customer, c.phone, c.email = or(c.customer, customer), or(c.phone, phone), or(c.email, email)
	if c.name == "" {
		c.name = text(cell(cells, p.c.personName))
	}
	if c.region == "" {
		c.region = text(cell(cells, p.c.region))
	}
	return true
}

// check leaves out what cannot be an identity, such as a telephone of three
// digits, as long as another one says who it was: the order is real either way.
func (c *contact) check(p *plan) (why i18n.Text) {
	for i, try := range []contact{*c, {c.customer, "", c.email, c.name, c.region}, {c.customer, c.phone, "", c.name, c.region}, {c.customer, "", "", c.name, c.region}} {
		if try.customer == "" && try.phone == "" && try.email == "" {
			continue
		}
		err := p.check(Contact{Source: p.Source, Customer: try.customer, Phone: try.phone, Email: try.email, Profile: &Profile{Name: try.name, Region: try.region}})
		if err == nil {
			*c = try
			return i18n.Text{}
		}
		if i == 0 {
			why = reason(err)
		}
	}
	return why
}
