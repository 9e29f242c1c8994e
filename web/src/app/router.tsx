import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { whenUnauthenticated } from '../api/http';
import { Problem } from '../api/problem';
import { landing } from '../lib/permissions';
import { Loading } from '../ui/Loading';
import { NotFound, RouteError } from '../ui/ProblemView';
import { meQuery } from './me';
import { Shell } from './Shell';

export type Search = Record<string, string>;

/** Addresses stay readable: every search parameter is plain text, as in any form. */
function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

const validateSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(Object.entries(search).map(([k, v]) => [k, String(v)]));

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: RouteError,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/door/SetupPage'), 'SetupPage'),
});
const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/door/SignInPage'), 'SignInPage'),
});
const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('../pages/door/InvitePage'), 'InvitePage'),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { return: location.href } });
      }
      throw error;
    }
  },
});

const inShell = { getParentRoute: () => shellRoute };

const homeRoute = createRoute({
  ...inShell,
  path: '/',
  validateSearch,
  beforeLoad: ({ context }) => {
    const me = context.queryClient.getQueryData(meQuery.queryKey);
    const section = landing(me?.permissions ?? []);
    if (section !== 'home') throw redirect({ to: section === 'customers' ? '/customers' : '/settings' });
  },
  component: lazyRouteComponent(() => import('../pages/overview/OverviewPage'), 'OverviewPage'),
});
const customersRoute = createRoute({
  ...inShell,
  path: '/customers',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/customers/CustomersPage'), 'CustomersPage'),
});
const customerRoute = createRoute({
  ...inShell,
  path: '/customers/$personId',
  component: lazyRouteComponent(() => import('../pages/customer/CustomerPage'), 'CustomerPage'),
});
const segmentsRoute = createRoute({
  ...inShell,
  path: '/segments',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/segments/SegmentsPage'), 'SegmentsPage'),
});
const newSegmentRoute = createRoute({
  ...inShell,
  path: '/segments/new',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/segments/BuilderPage'), 'NewSegmentPage'),
});
const editSegmentRoute = createRoute({
  ...inShell,
  path: '/segments/$segmentId/edit',
  component: lazyRouteComponent(() => import('../pages/segments/BuilderPage'), 'EditSegmentPage'),
});
const segmentRoute = createRoute({
  ...inShell,
  path: '/segments/$segmentId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/segments/SegmentPage'), 'SegmentPage'),
});
const duplicatesRoute = createRoute({
  ...inShell,
  path: '/duplicates',
  component: lazyRouteComponent(() => import('../pages/duplicates/DuplicatesPage'), 'DuplicatesPage'),
});
const tagsRoute = createRoute({
  ...inShell,
  path: '/tags',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/tags/TagsPage'), 'TagsPage'),
});
const importsRoute = createRoute({
  ...inShell,
  path: '/imports',
  component: lazyRouteComponent(() => import('../pages/imports/ImportsPage'), 'ImportsPage'),
});
const importRoute = createRoute({
  ...inShell,
  path: '/imports/$importId',
  component: lazyRouteComponent(() => import('../pages/imports/ImportPage'), 'ImportPage'),
});
const channelsRoute = createRoute({
  ...inShell,
  path: '/channels',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/ChannelsPage'), 'ChannelsPage'),
});
const codesRoute = createRoute({
  ...inShell,
  path: '/codes',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/CodesPage'), 'CodesPage'),
});
const newCodeRoute = createRoute({
  ...inShell,
  path: '/codes/new',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/CodeFormPage'), 'NewCodePage'),
});
const codeRoute = createRoute({
  ...inShell,
  path: '/codes/$codeId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/CodePage'), 'CodePage'),
});
const editCodeRoute = createRoute({
  ...inShell,
  path: '/codes/$codeId/edit',
  component: lazyRouteComponent(() => import('../pages/acquisition/CodeFormPage'), 'EditCodePage'),
});
const linksRoute = createRoute({
  ...inShell,
  path: '/links',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/LinksPage'), 'LinksPage'),
});
const arrivalsRoute = createRoute({
  ...inShell,
  path: '/arrivals',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/ArrivalsPage'), 'ArrivalsPage'),
});
const attributionRoute = createRoute({
  ...inShell,
  path: '/attribution',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/acquisition/AttributionPage'), 'AttributionPage'),
});
const accountsRoute = createRoute({
  ...inShell,
  path: '/accounts',
  component: lazyRouteComponent(() => import('../pages/carriers/AccountsPage'), 'AccountsPage'),
});
const connectRoute = createRoute({
  ...inShell,
  path: '/accounts/connect',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/carriers/ConnectPage'), 'ConnectPage'),
});
const proposalsRoute = createRoute({
  ...inShell,
  path: '/accounts/proposals',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/carriers/ProposalsPage'), 'ProposalsPage'),
});
const transfersRoute = createRoute({
  ...inShell,
  path: '/accounts/transfers',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/carriers/TransfersPage'), 'TransfersPage'),
});
const transferRoute = createRoute({
  ...inShell,
  path: '/accounts/transfers/$transferId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/carriers/TransferPage'), 'TransferPage'),
});
const accountRoute = createRoute({
  ...inShell,
  path: '/accounts/$accountId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/carriers/AccountPage'), 'AccountPage'),
});
const staffRoute = createRoute({
  ...inShell,
  path: '/staff',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/staff/StaffPage'), 'StaffPage'),
});
const auditRoute = createRoute({
  ...inShell,
  path: '/audit',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/audit/AuditPage'), 'AuditPage'),
});
const settingsRoute = createRoute({
  ...inShell,
  path: '/settings',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/settings/SettingsPage'), 'SettingsPage'),
});
const systemRoute = createRoute({
  ...inShell,
  path: '/system',
  component: lazyRouteComponent(() => import('../pages/system/SystemPage'), 'SystemPage'),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  signInRoute,
  inviteRoute,
  shellRoute.addChildren([
    homeRoute,
    customersRoute,
    customerRoute,
    segmentsRoute,
    newSegmentRoute,
    editSegmentRoute,
    segmentRoute,
    duplicatesRoute,
    tagsRoute,
    importsRoute,
    importRoute,
    channelsRoute,
    codesRoute,
    newCodeRoute,
    codeRoute,
    editCodeRoute,
    linksRoute,
    arrivalsRoute,
    attributionRoute,
    accountsRoute,
    connectRoute,
    proposalsRoute,
    transfersRoute,
    transferRoute,
    accountRoute,
    staffRoute,
    auditRoute,
    settingsRoute,
    systemRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: Loading,
    defaultErrorComponent: RouteError,
    scrollRestoration: true,
  });
  // The session ended while a page was open: sign in and come back to it.
  whenUnauthenticated(() => {
    const { pathname, href } = router.state.location;
    if (pathname === '/sign-in' || pathname === '/setup' || pathname.startsWith('/invite/')) return;
    void router.navigate({ to: '/sign-in', search: { return: href } }).then(() => queryClient.clear());
  });
  return router;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
