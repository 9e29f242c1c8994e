import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { meQuery, useMe } from '../../../app/me';
import { emptyThread, InboxStore, type InboxState, type Thread } from './store';

const Context = createContext<InboxStore | null>(null);

/** It outlives the page: what was written goes on being sent while something else is looked at. */
let current: InboxStore | undefined;

/** The inbox of whoever is signed in, with its one stream. */
export function InboxProvider({ children }: { children: ReactNode }) {
  const me = useMe().staff.id;
  const queryClient = useQueryClient();
  const [store, setStore] = useState<InboxStore>();
  useEffect(() => {
    if (current?.me !== me) {
      current?.close();
      current = new InboxStore(me, () => queryClient.getQueryData(meQuery.queryKey)?.staff.id === me);
    }
    setStore(current);
    return current.attend();
  }, [me, queryClient]);
  return store ? <Context.Provider value={store}>{children}</Context.Provider> : null;
}

export function useInboxStore(): InboxStore {
  const store = useContext(Context);
  if (!store) throw new Error('useInboxStore outside InboxProvider');
  return store;
}

/** A slice of what the inbox knows; it is the same as long as nothing in it changes. */
export function useInbox<T>(select: (state: InboxState) => T): T {
  const store = useInboxStore();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export function useThread(id: string): Thread {
  return useInbox((s) => s.threads.get(id) ?? emptyThread);
}

/** The time, looked at again every so many milliseconds: for what is said of waiting. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
