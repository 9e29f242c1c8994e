import type { Contact } from '../../api/types';

const friends = ['friend', 'half', 'removed_by_customer', 'removed_by_staff', 'transferred'] as const satisfies Contact['status'][];
const visitors = ['friend', 'visitor'] as const satisfies Contact['status'][];

/** How contacts of a kind of account can stand, in the order in which it comes about. */
export const statusesOf = (kind: string): readonly Contact['status'][] => (kind === 'web' || kind === 'wecom_kf' ? visitors : kind === 'wecom' ? friends : ['friend', 'removed_by_customer']);
