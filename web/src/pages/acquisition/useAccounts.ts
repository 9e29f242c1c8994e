import { useQuery } from '@tanstack/react-query';
import { accounts as api, type Account } from '../../api/acquisition';
import { useMay } from '../../app/me';

const none: Account[] = [];

/** Accounts that codes can be put on: those through which people become friends, or of customer service. */
export function useAccounts(kind: 'wecom' | 'wecom_kf' = 'wecom') {
  const may = useMay();
  const query = useQuery({ queryKey: ['accounts', 'offered'], queryFn: api.list, staleTime: 60_000, enabled: may('carrier.read') });
  const list = query.data?.items ?? none;
  return { query, list: list.filter((a) => a.status === 'active' && a.kind === kind) };
}

/** Which of the staff are members of an account's platform; undefined while that is not known. */
export function useAccountStaff(account: string) {
  const may = useMay();
  const query = useQuery({ queryKey: ['accounts', account, 'staff'], queryFn: () => api.staff(account), enabled: account !== '' && may('carrier.read'), staleTime: 60_000 });
  return query.data && new Set((query.data.items ?? []).filter((s) => s.status === 'active' && s.staff_id).map((s) => s.staff_id));
}
