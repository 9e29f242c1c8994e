package org

type providers struct{}

func newProviders() *providers { return &providers{} }
