import { DeleteOutlined, EditOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Note } from '../../api/types';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** How long a deleted note can be called back, in milliseconds. */
const undoFor = 6000;

export function NotesTab({ personId, write }: { personId: string; write: boolean }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const staff = useStaff();
  const queryClient = useQueryClient();
  const key = ['person', personId, 'notes'];
  const notes = useQuery({ queryKey: key, queryFn: () => persons.notes(personId) });
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<{ id: string; text: string }>();
  const [leaving, setLeaving] = useState<string[]>([]);
  const pending = useRef(new Map<string, number>());
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['person', personId] });

  const add = useMutation({
    mutationFn: (value: string) => persons.addNote(personId, value),
    onError: notify,
    onSuccess: () => {
      setText('');
      return refresh();
    },
  });
  const edit = useMutation({
    mutationFn: (v: { id: string; text: string }) => persons.editNote(personId, v.id, v.text),
    onError: notify,
    onSuccess: () => {
      setEditing(undefined);
      return refresh();
    },
  });

  const really = async (note: string) => {
    pending.current.delete(note);
    try {
      await persons.removeNote(personId, note);
      await refresh();
    } catch (error) {
      notify(error);
    } finally {
      setLeaving((all) => all.filter((x) => x !== note));
    }
  };
  // Deleting waits, so that it can be undone; leaving the page ends the wait.
  const remove = (note: Note) => {
    setLeaving((all) => [...all, note.id]);
    pending.current.set(note.id, window.setTimeout(() => void really(note.id), undoFor));
    notification.info({
      key: note.id,
      title: t('notes.removed'),
      duration: undoFor / 1000,
      actions: (
        <Button
          size="small"
          type="primary"
          onClick={() => {
            window.clearTimeout(pending.current.get(note.id));
            pending.current.delete(note.id);
            setLeaving((all) => all.filter((x) => x !== note.id));
            notification.destroy(note.id);
          }}
        >
          {t('common.undo')}
        </Button>
      ),
    });
  };
  useEffect(() => {
    const waiting = pending.current;
    return () => {
      for (const [note, timer] of waiting) {
        window.clearTimeout(timer);
        void persons.removeNote(personId, note).catch(() => {});
      }
      waiting.clear();
    };
  }, [personId]);

  if (notes.isError) return <ProblemView error={notes.error} onRetry={() => void notes.refetch()} />;
  if (notes.isPending) return <Loading rows={3} />;
  const shown = notes.data.items.filter((n) => !leaving.includes(n.id));
  return (
    <>
      {write && (
        <div className="fp-note-new">
          <Input.TextArea
            value={text}
            onChange={(e) => setText(e.target.value)}
            placeholder={t('notes.placeholder')}
            aria-label={t('notes.placeholder')}
            autoSize={{ minRows: 2, maxRows: 8 }}
            maxLength={4000}
          />
          <Button type="primary" disabled={text.trim() === ''} loading={add.isPending} onClick={() => add.mutate(text.trim())}>
            {t('notes.add')}
          </Button>
        </div>
      )}
      {shown.length === 0 && <p className="fp-muted">{t('notes.empty')}</p>}
      <ul className="fp-list">
        {shown.map((n) => (
          <li key={n.id} data-note={n.id}>
            <div className="fp-grow">
              {editing?.id === n.id ? (
                <div className="fp-note-new">
                  <Input.TextArea
                    value={editing.text}
                    autoFocus
                    aria-label={t('notes.edit')}
                    autoSize={{ minRows: 2, maxRows: 8 }}
                    maxLength={4000}
                    onChange={(e) => setEditing({ id: n.id, text: e.target.value })}
                  />
                  <span>
                    <Button size="small" type="primary" loading={edit.isPending} disabled={editing.text.trim() === ''} onClick={() => edit.mutate({ id: n.id, text: editing.text.trim() })}>
                      {t('common.save')}
                    </Button>{' '}
                    <Button size="small" type="text" onClick={() => setEditing(undefined)}>
                      {t('common.cancel')}
                    </Button>
                  </span>
                </div>
              ) : (
                <p className="fp-note-text fp-break">{n.text}</p>
              )}
              <span className="fp-muted fp-small">
                {[staff.nameOf(n.created_by)].filter(Boolean).map((name) => `${name} · `)}<TimeText at={n.created_at} />
                {n.updated_at && n.updated_at !== n.created_at && ` · ${t('notes.edited')}`}
              </span>
            </div>
            {write && editing?.id !== n.id && (
              <span>
                <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('notes.edit')} onClick={() => setEditing({ id: n.id, text: n.text })} />
                <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('notes.remove')} onClick={() => remove(n)} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
