#include "insight/analytics/analytics_routes.h"

namespace gamekeeper::analytics {
namespace {

constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Gamekeeper GraphiQL</title><style>
:root{color-scheme:light dark;font:14px/1.5 system-ui,sans-serif}body{margin:0;padding:1rem;display:grid;gap:.75rem}
h1{font-size:1.1rem;margin:0}.row{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr))}
label{display:grid;gap:.25rem}textarea,pre,input{font:13px/1.45 ui-monospace,monospace;padding:.5rem;border:1px solid #8888;
border-radius:6px;background:transparent;color:inherit}textarea{min-height:22rem}#variables{min-height:5rem}
pre{margin:0;overflow:auto;min-height:22rem;white-space:pre-wrap}button{padding:.4rem 1.2rem;font:inherit}
</style></head><body><h1>Gamekeeper GraphiQL</h1>
<div class="row"><label>Read key or token<input id="key" autocomplete="off" type="password"></label>
<label>App (for administrators)<input id="app" autocomplete="off"></label></div>
<div class="row"><label>Query<textarea id="query" spellcheck="false"></textarea></label>
<label>Answer<pre id="answer" aria-live="polite"></pre></label></div>
<label>Variables (JSON)<textarea id="variables" spellcheck="false"></textarea></label>
<div><button id="run">Run</button> <small>Ctrl-Enter runs.</small></div><script>
const $=id=>document.getElementById(id),params=new URLSearchParams(location.search);
$('query').value=params.get('query')||'{\n  overview { playersOnline eventsPerSecond activeToday freshnessMs }\n}\n';
$('variables').value=params.get('variables')||'';$('key').value=sessionStorage.getItem('gamekeeper-key')||'';
async function run(){sessionStorage.setItem('gamekeeper-key',$('key').value);
try{const headers={'Content-Type':'application/json',Accept:'application/graphql-response+json, application/json'};
if($('key').value)headers.Authorization='Bearer '+$('key').value;if($('app').value)headers['Gamekeeper-App']=$('app').value;
const variables=$('variables').value.trim()?JSON.parse($('variables').value):undefined;
const r=await fetch('/graphql',{method:'POST',headers,body:JSON.stringify({query:$('query').value,variables})});
const text=await r.text();try{$('answer').textContent=JSON.stringify(JSON.parse(text),null,2)}catch{$('answer').textContent=text}
}catch(e){$('answer').textContent=String(e)}}
$('run').onclick=run;document.onkeydown=e=>{if(e.ctrlKey&&e.key==='Enter')run()};
</script></body></html>
)html";

}  // namespace

net::Response explorer_page() {
  return {.body = std::string(kPage), .content_type = "text/html; charset=utf-8"};
}

}  // namespace gamekeeper::analytics
