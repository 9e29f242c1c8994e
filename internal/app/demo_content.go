package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/content"
	"fishpond/internal/platform/access"
	"fishpond/internal/pool"
)

// demoMaterials are what the synthetic brand's staff have at hand, by folder.
var demoMaterials = []struct {
	folder, shelf string
	content.MaterialInput
}{
	{"新客必读", "material", content.MaterialInput{Kind: content.Article, Title: "三分钟认识山野茶事", Body: content.Body{Summary: "我们的茶从哪里来，怎么喝更好喝。",
		HTML: "<h2>你好，很高兴认识你</h2><p>我们的茶园在武夷山和勐海，海拔一千二百米以上，每年只采春秋两季。</p><ul><li>每一泡都写明山场、采摘日和焙火</li><li>七天内不合口味，包退</li><li>有事随时找你的茶艺师</li></ul><p><strong>第一次喝</strong>，建议从清香乌龙开始。</p>"}}},
	{"新客必读", "material", content.MaterialInput{Kind: content.Article, Title: "怎么泡一壶好喝的岩茶", Body: content.Body{Summary: "水温、投茶、出汤，三步就够。",
		HTML: "<h2>三步</h2><ol><li>水要开，壶要烫</li><li>一百毫升水配五克茶</li><li>前三泡即冲即出，之后每泡加五秒</li></ol><p>茶汤涩，多半是坐杯太久；淡，就多放一克。</p>"}}},
	{"产品", "product", content.MaterialInput{Kind: content.Link, Title: "春茶上新：清香乌龙", Body: content.Body{Summary: "头采，限量三百斤", URL: "https://shanye.example/spring"}}},
	{"产品", "product", content.MaterialInput{Kind: content.Link, Title: "老白茶饼 2019", Body: content.Body{Summary: "存了七年，煮着喝", URL: "https://shanye.example/white-2019"}}},
	{"话术", "", content.MaterialInput{Kind: content.Text, Title: "到货提醒", Body: content.Body{Text: "您好，茶已经到啦。先放阴凉处醒两天再开，味道更顺。泡法我发您一份，有问题随时叫我。"}}},
	{"话术", "", content.MaterialInput{Kind: content.Text, Title: "久未联系的问候", Body: content.Body{Text: "好久没聊，最近还喝茶吗？新到一批适合秋天喝的岩茶，给您留了一泡试试，不合口味也没关系。"}}},
}

// demoContent fills the library of the synthetic brand, puts things on its
// business cards, and has some people read what they were sent.
func (a *App) demoContent(ctx context.Context, orgID string, seed uint64) error {
	folders := map[string]string{}
	var shown []acquisition.ShowcaseItem
	var articles []string
	for _, m := range demoMaterials {
		if folders[m.folder] == "" {
			f, err := a.Content.CreateFolder(ctx, content.FolderInput{Name: m.folder})
			if err != nil {
				return fmt.Errorf("folder %s: %w", m.folder, err)
			}
			folders[m.folder] = f.ID
		}
		m.FolderID = folders[m.folder]
		made, err := a.Content.CreateMaterial(ctx, m.MaterialInput)
		if err != nil {
			return fmt.Errorf("material %s: %w", m.Title, err)
		}
		if m.Kind == content.Article {
			articles = append(articles, made.ID)
		}
		if m.shelf != "" {
			shown = append(shown, acquisition.ShowcaseItem{ID: made.ID, Shelf: m.shelf})
		}
	}
	b, err := a.Content.CreateBriefcase(ctx, content.BriefcaseInput{Title: "新客见面礼", Intro: "认识我们、泡好第一壶茶，都在这里。", MaterialIDs: articles})
	if err != nil {
		return err
	}
	shown = append(shown, acquisition.ShowcaseItem{ID: b.ID, Briefcase: true, Shelf: "material"})
	if _, err := a.Acquisition.PutShowcase(ctx, "", acquisition.ShowcaseInput{Items: shown}); err != nil {
		return err
	}
	people, err := a.Pool.List(ctx, pool.Filter{Sort: "-last_order_at", MaxGMVMinor: -1, MaxOrders: -1}, pool.Cursor{}, 24)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 505))
	for i, p := range people.Persons {
		as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: p.OwnerStaffID})
		in := content.LinkInput{MaterialID: articles[i%len(articles)], PersonIDs: []string{p.ID}}
		if i%4 == 3 {
			in.MaterialID, in.BriefcaseID = "", b.ID
		}
		links, err := a.Content.MakeLinks(as, in)
		if err != nil {
			return fmt.Errorf("link for %s: %w", p.ID, err)
		}
		if r.IntN(3) == 0 { // has not opened it
			continue
		}
		if err := a.Content.Record(ctx, links[0].ID, time.Duration(5+r.IntN(180))*time.Second, int64(20+r.IntN(81))); err != nil {
			return err
		}
	}
	return a.Runner.CatchUp(ctx, orgID)
}
