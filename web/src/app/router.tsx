import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { whenUnauthenticated } from '../api/http';
import { landing } from '../lib/permissions';
import { Loading } from '../ui/Loading';
import { RouteError } from '../ui/ProblemView';
import { inShell, inviteRoute, rootRoute, setupRoute, shellRoute, sidebarRoute, signInRoute } from './doors';
import { meQuery } from './me';
import { paths } from './sections';
import { parseSearch, stringifySearch, validateSearch } from './search';

const homeRoute = createRoute({
  ...inShell,
  path: '/',
  validateSearch,
  beforeLoad: ({ context }) => {
    const me = context.queryClient.getQueryData(meQuery.queryKey);
    const section = landing(me?.permissions ?? []);
    if (section !== 'home') throw redirect({ to: paths[section] });
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
const inboxRoute = createRoute({
  ...inShell,
  path: '/inbox',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/inbox/InboxPage'), 'InboxPage'),
});
const inboxSettingsRoute = createRoute({
  ...inShell,
  path: '/inbox/settings',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/inbox/SettingsPage'), 'InboxSettingsPage'),
});
const inboxMeasuresRoute = createRoute({
  ...inShell,
  path: '/inbox/measures',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/inbox/MeasuresPage'), 'InboxMeasuresPage'),
});
const todayRoute = createRoute({
  ...inShell,
  path: '/today',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/today/TodayPage'), 'TodayPage'),
});
const todayTeamRoute = createRoute({
  ...inShell,
  path: '/today/team',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/today/TeamPage'), 'TodayTeamPage'),
});
const todayRulesRoute = createRoute({
  ...inShell,
  path: '/today/rules',
  component: lazyRouteComponent(() => import('../pages/today/RulesPage'), 'TodayRulesPage'),
});
const todayPromisesRoute = createRoute({
  ...inShell,
  path: '/today/promises',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/today/PromisesPage'), 'PromisesPage'),
});
const campaignsRoute = createRoute({
  ...inShell,
  path: '/campaigns',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/campaigns/CampaignsPage'), 'CampaignsPage'),
});
const campaignSettingsRoute = createRoute({
  ...inShell,
  path: '/campaigns/settings',
  component: lazyRouteComponent(() => import('../pages/campaigns/SettingsPage'), 'CampaignSettingsPage'),
});
const controlRoute = createRoute({
  ...inShell,
  path: '/campaigns/control',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/campaigns/ControlPage'), 'ControlPage'),
});
const couponsRoute = createRoute({
  ...inShell,
  path: '/campaigns/coupons',
  component: lazyRouteComponent(() => import('../pages/campaigns/CouponsPage'), 'CouponsPage'),
});
const campaignRoute = createRoute({
  ...inShell,
  path: '/campaigns/$campaignId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/campaigns/CampaignPage'), 'CampaignPage'),
});
const measureRoute = createRoute({
  ...inShell,
  path: '/measure',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/measure/MeasurePage'), 'MeasurePage'),
});
const economicsRoute = createRoute({
  ...inShell,
  path: '/economics',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/economics/EconomicsPage'), 'EconomicsPage'),
});
const valueRoute = createRoute({
  ...inShell,
  path: '/value',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/value/ValuePage'), 'ValuePage'),
});
const sopsRoute = createRoute({
  ...inShell,
  path: '/sops',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/sop/SOPsPage'), 'SOPsPage'),
});
const sopRoute = createRoute({
  ...inShell,
  path: '/sops/$sopId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/sop/SOPPage'), 'SOPPage'),
});
const journeysRoute = createRoute({
  ...inShell,
  path: '/journeys',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/journeys/JourneysPage'), 'JourneysPage'),
});
const journeyRoute = createRoute({
  ...inShell,
  path: '/journeys/$journeyId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/journeys/JourneyPage'), 'JourneyPage'),
});
const broadcastsRoute = createRoute({
  ...inShell,
  path: '/broadcasts',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/broadcasts/BroadcastsPage'), 'BroadcastsPage'),
});
const broadcastRoute = createRoute({
  ...inShell,
  path: '/broadcasts/$broadcastId',
  component: lazyRouteComponent(() => import('../pages/broadcasts/BroadcastPage'), 'BroadcastPage'),
});
const contentRoute = createRoute({
  ...inShell,
  path: '/content',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/content/ContentPage'), 'ContentPage'),
});
const newMaterialRoute = createRoute({
  ...inShell,
  path: '/content/new',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/content/MaterialPage'), 'NewMaterialPage'),
});
const materialRoute = createRoute({
  ...inShell,
  path: '/content/$materialId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/content/MaterialPage'), 'MaterialPage'),
});
const surveysRoute = createRoute({
  ...inShell,
  path: '/surveys',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/surveys/SurveysPage'), 'SurveysPage'),
});
const surveyRoute = createRoute({
  ...inShell,
  path: '/surveys/$surveyId',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/surveys/SurveyPage'), 'SurveyPage'),
});
const editSurveyRoute = createRoute({
  ...inShell,
  path: '/surveys/$surveyId/edit',
  component: lazyRouteComponent(() => import('../pages/surveys/BuilderPage'), 'BuilderPage'),
});
const careRoute = createRoute({
  ...inShell,
  path: '/care',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/care/CarePage'), 'CarePage'),
});
const scorecardRoute = createRoute({
  ...inShell,
  path: '/scorecard',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/scorecard/ScorecardPage'), 'ScorecardPage'),
});
const reportsRoute = createRoute({
  ...inShell,
  path: '/reports',
  component: lazyRouteComponent(() => import('../pages/reports/ReportsPage'), 'ReportsPage'),
});
const drillRoute = createRoute({
  ...inShell,
  path: '/drill',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/drill/DrillPage'), 'DrillPage'),
});
const diagnosisRoute = createRoute({
  ...inShell,
  path: '/diagnosis',
  component: lazyRouteComponent(() => import('../pages/diagnosis/DiagnosisPage'), 'DiagnosisPage'),
});
const gateRoute = createRoute({
  ...inShell,
  path: '/gate',
  validateSearch,
  component: lazyRouteComponent(() => import('../pages/gate/GatePage'), 'GatePage'),
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
  sidebarRoute,
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
    inboxRoute,
    inboxSettingsRoute,
    inboxMeasuresRoute,
    todayRoute,
    todayTeamRoute,
    todayRulesRoute,
    todayPromisesRoute,
    campaignsRoute,
    campaignSettingsRoute,
    couponsRoute,
    controlRoute,
    campaignRoute,
    broadcastsRoute,
    broadcastRoute,
    journeysRoute,
    journeyRoute,
    sopsRoute,
    sopRoute,
    contentRoute,
    newMaterialRoute,
    materialRoute,
    surveysRoute,
    surveyRoute,
    editSurveyRoute,
    careRoute,
    measureRoute,
    valueRoute,
    economicsRoute,
    scorecardRoute,
    drillRoute,
    reportsRoute,
    diagnosisRoute,
    gateRoute,
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
