package email

import (
	"errors"
	"io"
	"net"
	"net/textproto"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// networkDown reports whether err is of the connection, not of what was said over it.
func networkDown(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// failure says what an SMTP answer means for the mail.
func failure(err error) error {
	e, ok := errors.AsType[*textproto.Error](err)
	switch {
	case ok && e.Code >= 500:
		return errs.Conflict(i18n.T("邮件服务器拒绝了这封邮件（%d）", "The mail server refused the mail (%d)", e.Code)).Because(err)
	case ok:
		return errs.Unavailable(i18n.T("邮件服务器暂时不收（%d），稍后再试", "The mail server does not take it now (%d); try again later", e.Code), err)
	}
	return errs.Unavailable(i18n.T("连不上邮件服务器", "The mail server cannot be reached"), err)
}
