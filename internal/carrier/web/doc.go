// Package web is the chat on a brand's own pages: the script that draws it,
// the tokens by which an anonymous browser is known again, and what may be said
// of the pages that it has seen. It keeps nothing; carrier does.
//
// A browser is somebody only once it has written or said who it is. Until then
// it is an id that was made up here, signed so that nobody can take another's
// place, and kept by the page in its own storage: no cookie of another site.
package web
