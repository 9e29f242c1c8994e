import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content } from '../../api/content';
import { Problem } from '../../api/problem';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';

export const maxFileMB = 10;

/** Deletes at once and offers to take it back. */
export function useRemove(what: 'material' | 'briefcase', done?: () => void) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['content'] });
  return useMutation({
    mutationFn: (m: { id: string; title: string }) => (what === 'material' ? content.remove(m.id) : content.removeBriefcase(m.id)),
    onError: notify,
    onSuccess: async (_nothing, m) => {
      undo(`content-${m.id}`, t('content.removed', { name: m.title }), () => (what === 'material' ? content.restore(m.id) : content.restoreBriefcase(m.id)).then(refresh));
      done?.();
      await refresh();
    },
  });
}

/** Uploads files one after the other and makes a material of each that arrives. */
export function useBulkUpload(folder: string) {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const start = async (files: File[]) => {
    if (files.length === 0 || progress) return;
    const arrived: string[] = [];
    for (const [i, file] of files.entries()) {
      setProgress({ done: i, total: files.length });
      const failed = (why: string) => notification.error({ title: t('content.uploadFailed', { name: file.name, why }), duration: 8 });
      if (file.size > maxFileMB << 20) {
        failed(t('content.tooLarge', { max: maxFileMB }));
        continue;
      }
      try {
        arrived.push((await content.upload(file)).id);
      } catch (error) {
        failed(error instanceof Problem ? error.message : String(error));
      }
    }
    try {
      for (let i = 0; i < arrived.length; i += 50) await content.createBatch(arrived.slice(i, i + 50), folder === 'root' ? '' : folder);
      if (arrived.length > 0) message.success(t('content.uploaded', { count: arrived.length }));
    } catch (error) {
      notify(error);
    }
    setProgress(undefined);
    await queryClient.invalidateQueries({ queryKey: ['content'] });
  };
  return { progress, start };
}
