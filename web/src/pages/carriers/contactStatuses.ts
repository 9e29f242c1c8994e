import type { Contact } from '../../api/types';

/** How a contact can stand, in the order in which it comes about. */
export const contactStatuses = ['friend', 'half', 'removed_by_customer', 'removed_by_staff', 'transferred'] as const satisfies Contact['status'][];
