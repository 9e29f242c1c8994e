package email_test

import (
	"crypto/x509"
	"net/http"
)

// rootsOf are the roots that a client of httptest trusts.
func rootsOf(t http.RoundTripper) *x509.CertPool { return t.(*http.Transport).TLSClientConfig.RootCAs }
