package wecom

import (
	"fmt"
	"net"
	"slices"
	"strconv"
)

// AddApp makes an app, or opens one of the platform's own by its kind. An empty
// secret, or an agentid of 0 for a self-built app, is filled in.
func (c *Corp) AddApp(a App) (App, error) {
	err := c.do(func() error {
		if !slices.Contains([]Kind{KindAgent, KindContacts, KindCustomers, KindKf, KindArchive}, a.Kind) {
			return fmt.Errorf("%w: there is no kind of app %q; there are agent, contacts, customers, kf, archive", ErrArgument, a.Kind)
		}
		if err := checkIPs(a.TrustedIPs); err != nil {
			return err
		}
		a.ID = string(a.Kind)
		if a.Kind == KindAgent {
			if a.AgentID == 0 {
				a.AgentID = 1000001
				for c.app(agentName(a.AgentID)) != nil {
					a.AgentID++
				}
			}
			a.ID = agentName(a.AgentID)
		}
		if c.app(a.ID) != nil {
			return fmt.Errorf("app %q %w", a.ID, ErrExists)
		}
		a.Secret, a.Name = or(a.Secret, random(43)), or(a.Name, a.ID)
		a.Callback = nil
		c.Apps = append(c.Apps, &a)
		return nil
	})
	return a, err
}

func agentName(id int64) string { return "agent-" + strconv.FormatInt(id, 10) }

func checkIPs(list []string) error {
	for _, text := range list {
		if _, _, err := net.ParseCIDR(text); err != nil && net.ParseIP(text) == nil {
			return fmt.Errorf("%w: %q is not an IP address or a network like 10.0.0.0/8", ErrArgument, text)
		}
	}
	return nil
}

// ChangeApp changes what the admin console can change: range, trusted addresses,
// permissions, the secret. A field that is nil stays.
type ChangeApp struct {
	Users      *[]string `json:"users"`
	TrustedIPs *[]string `json:"trusted_ips"`
	Customers  *bool     `json:"customers"`
	Kf         *bool     `json:"kf"`
	Secret     *string   `json:"secret"` // a new secret ends no token, as on the platform
	Domain     *string   `json:"domain"`
}

// Change applies changes to an app.
func (c *Corp) Change(appID string, ch ChangeApp) error {
	return c.do(func() error {
		for i, a := range c.Apps {
			if a.ID != appID {
				continue
			}
			next := *a
			patch(&next.Users, ch.Users)
			patch(&next.TrustedIPs, ch.TrustedIPs)
			patch(&next.Customers, ch.Customers)
			patch(&next.Kf, ch.Kf)
			patch(&next.Secret, ch.Secret)
			patch(&next.Domain, ch.Domain)
			if err := checkIPs(next.TrustedIPs); err != nil {
				return err
			}
			c.Apps[i] = &next
			return nil
		}
		return unknown("app", appID)
	})
}
