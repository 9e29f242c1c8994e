// The shapes that the console works with: names of the vocabulary for what the
// API's description generates.
import type { Tree } from '../lib/segmentTree';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type Me = Schemas['Me'] & { staff: Schemas['MeStaff'] };
export type Org = Schemas['Org'];
export type Session = Schemas['Session'];
export type SetupState = Schemas['SetupState'];
export type SignedIn = Schemas['SignInBody'];
export type Staff = Schemas['Staff'];
export type Role = Staff['role'];
export type Permission = Schemas['PermissionBody'];
export type ApiKey = Schemas['APIKey'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditQuery = QueryOf<'list-audit'>;
export type Oidc = Schemas['OIDCConfig'];

export type PersonRow = Schemas['Person'];
export type Person = Schemas['PersonDetail'];
export type PersonPatch = Schemas['PersonPatch'];
export type PersonQuery = QueryOf<'list-persons'>;
export type Stage = PersonRow['stage'];
export type Identity = Schemas['IdentityDetail'];
export type Consent = Schemas['Consent'];
export type Tag = Schemas['Tag'];
export type TagBrief = Schemas['TagBrief'];
export type Trait = Schemas['TraitDef'];
export type TraitType = Trait['type'];
export type Note = Schemas['Note'];
export type TimelineEvent = Schemas['TimelineEvent'];
export type Merge = Schemas['Merge'];
export type Duplicate = Schemas['Duplicate'];

export type PersonLifecycle = Schemas['Life'];
export type LifecycleSettings = Schemas['Settings'];
export type StageFlow = Schemas['Flow'];
export type StageCount = Schemas['StageCount'];
export type Overview = Schemas['Overview'];
export type Cohorts = Schemas['Cohorts'];

export type Upload = Schemas['Preview'];
export type Preset = Schemas['Preset'];
export type Import = Schemas['Run'];
export type ImportKind = Import['kind'];
export type ImportStart = Schemas['StartInputBody'];
export type Mapping = Record<string, string>;

export type SystemHealth = Schemas['AppHealth'];
export type Subscriber = Schemas['TimelineStatus'];
export type DeadJob = Schemas['Info'];
export type ParkedEvent = Schemas['Parked'];

/** The same with the predicate as the tree that it is; the description leaves it open. */
type WithTree<S> = Omit<S, 'tree'> & { tree: Tree };
/** A predicate, in either form. */
export type Predicate = { tree: Tree } | { text: string };

export type Segment = WithTree<Schemas['Segment']>;
export type SegmentQuery = QueryOf<'list-segments'>;
export type SegmentPage = Omit<Schemas['CountedPageSegment'], 'items'> & { items: Segment[] };
export type SegmentPreview = Omit<WithTree<Schemas['SegmentPreview']>, 'sample'> & { sample: PersonBrief[] };
export type SegmentVocabulary = Schemas['Vocabulary'];
export type SegmentVersion = WithTree<Schemas['Version']>;
export type SegmentOverlap = Schemas['Overlap'];
export type SegmentTrait = WithTree<Schemas['ProfileItem']>;
export type SegmentProfile = Omit<Schemas['Profile'], 'items'> & { items: SegmentTrait[] };
export type PersonBrief = Omit<Schemas['PersonBrief'], 'stage'> & { stage: Stage };
export type PersonPage = Omit<Schemas['CountedPagePersonBrief'], 'items'> & { items: PersonBrief[] };
export type PersonList = Schemas['List'];
export type PersonListChange = Schemas['ListChange'];

export type Account = Schemas['Account'];
export type AccountKind = Schemas['CarrierKind'];
export type AccountField = Schemas['KindField'];
export type AccountHealth = Schemas['Health'];
export type DkimKey = Schemas['DKIMKey'];
export type AccountTest = Schemas['TestResult'];
export type AccountMember = Schemas['AccountStaff'];
export type AccountSync = Schemas['Sync'];
export type AccountReach = Schemas['Reach'];
export type Callback = Schemas['Callback'];
export type CallbackQuery = QueryOf<'list-account-callbacks'>;
export type Contact = Schemas['ContactItem'];
export type ContactQuery = QueryOf<'list-account-contacts'>;
export type SharedCustomer = Schemas['CarrierDuplicate'];
export type Transfer = Schemas['Transfer'];
export type TransferCustomer = Schemas['TransferCustomer'];
export type Proposal = Schemas['Proposal'];
export type ProposalQuery = QueryOf<'list-proposals'>;
export type TransferQuery = QueryOf<'get-transfer'>;
