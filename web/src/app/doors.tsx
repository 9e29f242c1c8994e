// Doors: where one comes in, and the shell around all that is behind them.
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, isRedirect, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { auth } from '../api/endpoints';
import { Problem } from '../api/problem';
import { NotFound, RouteError } from '../ui/ProblemView';
import { meQuery } from './me';
import { validateSearch, type Search } from './search';
import { Shell } from './Shell';

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: RouteError,
});

export const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/door/SetupPage'), 'SetupPage'),
});
export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/door/SignInPage'), 'SignInPage'),
});
export const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('../pages/door/InvitePage'), 'InvitePage'),
});

/** Pages for who is signed in: others sign in first, and come back. */
async function signedIn({ context, location }: { context: { queryClient: QueryClient }; location: { href: string } }): Promise<void> {
  try {
    await context.queryClient.ensureQueryData(meQuery);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { return: location.href } });
    }
    throw error;
  }
}

/** Inside WeCom the platform says who opens the page; where it does not, one signs in as usual. */
async function signedInBesideChat(at: Parameters<typeof signedIn>[0] & { search: Search }): Promise<void> {
  try {
    await signedIn(at);
  } catch (error) {
    if (!isRedirect(error) || !at.search.account || !/wxwork/i.test(navigator.userAgent)) throw error;
    location.replace(auth.wecomStart(at.search.account));
    await new Promise(() => {}); // this document is done
  }
}

export const sidebarRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sidebar',
  validateSearch,
  beforeLoad: signedInBesideChat,
  component: lazyRouteComponent(() => import('../pages/inbox/SidebarPage'), 'SidebarPage'),
});

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: signedIn,
});

export const inShell = { getParentRoute: () => shellRoute };
