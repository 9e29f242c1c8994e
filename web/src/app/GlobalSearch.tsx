import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { AutoComplete, Button, Input, Modal, type InputRef } from 'antd';
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../api/endpoints';
import { StageTag } from '../ui/values';
import { keepFocus } from './keepFocus';

export interface GlobalSearchHandle {
  focus: () => void;
}

function useSettled(text: string, milliseconds: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), milliseconds);
    return () => clearTimeout(timer);
  }, [text, milliseconds]);
  return settled;
}

function Field({ input, autoFocus, onDone }: { input?: Ref<InputRef>; autoFocus?: boolean; onDone?: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const wanted = text.trim();
  const settled = useSettled(wanted, 200);
  const { data } = useQuery({
    queryKey: ['search', settled],
    queryFn: () => persons.list({ q: settled, limit: 8 }),
    enabled: settled.length > 0,
    staleTime: 60_000,
  });
  // What was found for the letters before must not be chosen by the Enter after the last one.
  const found = wanted && settled === wanted ? (data?.items ?? []) : [];
  const finish = () => {
    setText('');
    onDone?.();
  };
  return (
    <AutoComplete
      value={text}
      onChange={setText}
      className="fp-search"
      popupMatchSelectWidth={320}
      options={[
        ...found.map((p) => ({
          value: p.id,
          label: (
            <span className="fp-found">
              <span>{p.name || t('customer.nameless')}</span>
              <span className="fp-muted">{p.identities[0]?.value}</span>
              <StageTag stage={p.stage} />
            </span>
          ),
        })),
        ...(wanted ? [{ value: ' all', label: t('search.all', { text: wanted }) }] : []),
      ]}
      onSelect={(value: string) => {
        if (value === ' all') void navigate({ to: '/customers', search: { q: wanted } });
        else void navigate({ to: '/customers/$personId', params: { personId: value } });
        finish();
      }}
    >
      <Input
        ref={input}
        autoFocus={autoFocus}
        prefix={<SearchOutlined aria-hidden="true" />}
        suffix={<kbd aria-hidden="true">/</kbd>}
        placeholder={t('search.placeholder')}
        aria-label={t('search.placeholder')}
        maxLength={200}
      />
    </AutoComplete>
  );
}

/** Finds a customer from anywhere. On a phone it opens over the page. */
export function GlobalSearch({ ref, narrow }: { ref: Ref<GlobalSearchHandle>; narrow: boolean }) {
  const { t } = useTranslation();
  const input = useRef<InputRef>(null);
  const [open, setOpen] = useState(false);
  const focus = () => {
    if (narrow) setOpen(true);
    else if (input.current?.input) keepFocus(input.current.input);
  };
  useImperativeHandle(ref, () => ({ focus }), [narrow]);
  if (!narrow) return <Field input={input} />;
  return (
    <>
      <Button type="text" icon={<SearchOutlined />} onClick={() => setOpen(true)} aria-label={t('search.placeholder')} />
      <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t('search.placeholder')} destroyOnHidden>
        <Field autoFocus onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}
