import type { Role } from '../../api/types';

export const roles: readonly Role[] = ['owner', 'operator', 'associate', 'finance', 'viewer'];
