package org

import "fishpond/internal/platform/httpx"

func (s *Service) oidcRoutes(*httpx.Router) {}
