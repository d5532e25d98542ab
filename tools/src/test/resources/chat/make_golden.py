"""Writes golden.json: what Jinja2, set up as transformers does it, makes of templates. python make_golden.py > golden.json"""

import json
import sys
from datetime import datetime

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime(2026, 3, 7, 14, 5, 9)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda f: NOW.strftime(f)
    return env


USER = {"role": "user", "content": "What is 2 + 2?"}
CONVERSATIONS = {
    "one": [USER],
    "system": [{"role": "system", "content": "  Be terse. "}, USER],
    "turns": [{"role": "system", "content": "Be kind."}, USER, {"role": "assistant", "content": "<think>\nhm\n</think>\n\n4"},
              {"role": "user", "content": "Und 3 + 4? äöü 😀 \"quoted\" <b>"}],
    "ended": [USER, {"role": "assistant", "content": " Four.\n"}],
    "wrong": [{"role": "assistant", "content": "Hello"}, USER],
    "two": [USER, USER],
}

# In the way of published models; the constructs are theirs.
TEMPLATES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "chatml-default-system": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}\n{% if add_generation_prompt %}\n{{ '<|im_start|>assistant\n' }}\n{% endif %}\n",
    "llama2": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "llama3": "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    "llama31": """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{#- System message #}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- if tools_in_user_message and not tools is none %}
    {#- Extract the first user message so we can plug it in here #}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Cannot put tools in the first user message when there's no first user message!") }}
{%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\\n\\n' -}}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}

{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {%- for arg_name, arg_val in tool_call.arguments | items %}
            {{- arg_name + '="' + arg_val + '"' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "qwen25": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "qwen3": """{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
    "gemma": "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
    "gemma3": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
""",
    "phi3": "{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "mistral": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{#- This block checks for alternating user/assistant messages, skipping tool calling messages #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
""",
    "deepseek-r1": "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<|User|>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{%- if ns.is_tool %}{{'<|tool|>' + message['content'] + '<|end|>'}}{%- set ns.is_tool = false -%}{%- else %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<|Assistant|>' + content + '<|end|>'}}{%- endif %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<|tool|>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<|Assistant|><think>\\n'}}{% endif %}",
    "granite": """{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set system_message = "Knowledge Cutoff Date: April 2024.\\nToday's Date: " + strftime_now('%B %d, %Y') + ".\\nYou are Granite." %}
    {%- if tools and documents %}
        {%- set system_message = system_message + " You are a helpful AI assistant with access to tools." %}
    {%- endif %}
    {%- set loop_messages = messages %}
{%- endif %}
{{- '<|start_of_role|>system<|end_of_role|>' + system_message + '<|end_of_text|>\\n' }}
{%- if documents %}
    {%- for document in documents %}
        {{- 'Document ' + loop.index0 | string + '\\n' }}
    {%- endfor %}
{%- endif %}
{%- for message in loop_messages %}
    {{- '<|start_of_role|>' + message['role'] + '<|end_of_role|>' + message['content'] + '<|end_of_text|>\\n' }}
    {%- if loop.last and add_generation_prompt %}
        {{- '<|start_of_role|>assistant' }}
        {%- if controls %}{{- ' ' + controls | tojson() }}{%- endif %}
        {{- '<|end_of_role|>' }}
    {%- endif %}
{%- endfor %}""",
    "smollm3": """{%- set now = strftime_now("%d %B %Y") -%}
{%- macro role(name) -%}<|im_start|>{{ name }}
{% endmacro -%}
{%- if messages and messages[0].role == "system" -%}
  {%- set system_message = messages[0].content -%}
  {%- if "/no_think" in system_message -%}{%- set reasoning_mode = "/no_think" -%}{%- else -%}{%- set reasoning_mode = "/think" -%}{%- endif -%}
  {%- set custom = system_message.replace("/no_think", "").replace("/think", "").rstrip() -%}
{%- endif -%}
{{- role("system") }}
{{- "Today Date: " ~ now ~ "\\n" }}
{{- "Reasoning Mode: " + (reasoning_mode | default("/think")) + "\\n\\n" -}}
{{- custom | default("You are a helpful AI assistant.", true) -}}
{{- "<|im_end|>\\n" -}}
{%- for message in messages -%}
  {%- set content = message.content if message.content is string else "" -%}
  {%- if message.role == "user" -%}{{ role(message.role) ~ content ~ "<|im_end|>\\n" }}
  {%- elif message.role == "assistant" -%}
    {% generation %}{{ role("assistant") ~ content.lstrip("\\n") ~ "<|im_end|>\\n" }}{% endgeneration %}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ role("assistant") }}{%- endif -%}
""",
}

TOOLS = [{"type": "function", "function": {"name": "add", "description": "Adds \"two\" <numbers>",
                                           "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "number", "default": 1.5}},
                                                          "required": ["a"], "empty": [], "none": None, "yes": True}, "return": {"type": "integer"}}}]

SNIPPETS = r"""
{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 7.5 % 2 }}
{{ 1e16 }} {{ 1e15 }} {{ 0.1 + 0.2 }} {{ 1.0 }} {{ 1e-5 }} {{ 0.0001 }} {{ 123456789.125 }} {{ -0.0 }}
{{ 'a' ~ 1 ~ 2.0 ~ none ~ true ~ [1, 'x', "it's", 'q"q'] ~ {'k': 'v\n'} }}
{{ [] }} {{ {} }} {{ () }} {{ [1, 2, 3] + [4] }} {{ 'ab' * 3 }} {{ [0] * 2 }} {{ 'a' 'b' }}
{{ 'abc'[0] }}{{ 'abc'[-1] }}{{ 'abc'[5] }} {{ 'a😀c'[1] }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[-3:] }} {{ 'abc'[5:] }} {{ [1,2,3,4][:-1] }} {{ [1,2,3,4][-9:9:3] }} {{ [1,2,3,4][3:0:-2] }}
{{ 'a' if true }}{{ 'b' if false }}{{ 'c' if false else 'd' }} {{ 1 if 0 else 2 if 0 else 3 }}
{{ not true or true and false }} {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ '1' == 1 }} {{ true == 1 }} {{ none == false }} {{ [1] == [1.0] }} {{ {'a': 1} == {'a': 1} }}
{{ 'b' in 'abc' }} {{ 2 in [1, 2] }} {{ 'a' in {'a': 1} }} {{ 3 not in [1, 2] }} {{ not 3 in [1, 2] }}
{{ x is defined }} {{ x is not defined }} {{ x is undefined }} {{ none is none }} {{ 'a' is string }} {{ 1 is number }} {{ 1 is integer }} {{ 1.5 is float }} {{ true is boolean }} {{ true is number }} {{ {} is mapping }} {{ [] is sequence }} {{ '' is iterable }} {{ 1 is iterable }} {{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 1 is ne(1) }} {{ 'a' is in 'abc' }} {{ 1 is sameas 1 }} {{ true is true }} {{ 1 is true }} {{ range is callable }} {{ 3 is gt 2 }} {{ 'AB' is upper }} {{ 'Ab' is lower }}
{{ x }}|{{ x or 'y' }}|{{ x is defined and x.y }}|{{ x | default('d') }}|{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ none | default('d') }}|{{ x | d }}
{{ '  a b '.strip() }}|{{ '  a '.lstrip() }}|{{ ' a  '.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a b c'.split(' ')[1] }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ ' a b  c '.split(none, 1) }}
{{ 'a\nb\r\nc'.splitlines() }} {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'abc'.replace('', '-') }} {{ 'hello world'.title() }} {{ "they're bill's".title() }} {{ 'hELLO'.capitalize() }} {{ 'aßc'.upper() }} {{ 'ABC'.lower() }} {{ 'abc'.find('c') }} {{ 'abc'.find('x') }} {{ 'aXbXc'.rfind('X') }} {{ 'banana'.count('an') }} {{ ', '.join(['a', 'b']) }} {{ '12'.isdigit() }} {{ 'a1'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.txt'.removesuffix('.txt') }}
{{ ' a ' | trim }}|{{ 'xax' | trim('x') }}|{{ 'abc' | length }}|{{ 'a😀' | length }}|{{ [1, 2] | count }}|{{ 'abc' | upper }}|{{ 'ABC' | lower }}|{{ 'abc def' | title }}|{{ "they're bill-bob (x)" | title }}|{{ 'ABC' | capitalize }}|{{ 'aXb' | replace('X', 'y') }}|{{ [1, 'b'] | join('-') }}|{{ ['a', 'b'] | join }}|{{ 'abc' | first }}|{{ [1, 2] | last }}|{{ [] | first }}|{{ 'abc' | list }}|{{ 'abc' | reverse }}|{{ [1, 2, 3] | reverse | list }}
{{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }} {{ '2.5' | float }} {{ 'x' | float }} {{ 3 | float }} {{ -3 | abs }} {{ 2.567 | round(2) }} {{ 3 | round }} {{ 1 | string + 'a' }}
{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1} | items | list }} {{ {'b': 1, 'a': 2}.items() | list }} {{ {'b': 1}.keys() | list }} {{ {'b': 1}.values() | list }} {{ {'b': 1}.get('b') }} {{ {'b': 1}.get('c') }} {{ {'b': 1}.get('c', 5) }} {{ {'b': 1}.b }} {{ {'b': 1}['c'] }} {{ {'b': 1}.c is defined }}
{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ [3, 1, 2] | sort(reverse=true) }} {{ ['b', 'B', 'a'] | unique | list }} {{ [1, 2, 3] | sum }} {{ [3, 1] | min }} {{ [3, 1] | max }} {{ [{'v': 2}, {'v': 1}] | sort(attribute='v') | map(attribute='v') | list }}
{{ [1, 2, 3, 4] | select('even') | list }} {{ [1, 2, 3] | reject('odd') | list }} {{ [0, 1, ''] | select | list }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'eq', 'user') | map(attribute='role') | join(',') }} {{ messages | map(attribute='role') | list }} {{ ['a', 'b'] | map('upper') | list }} {{ [{'a': {'b': 1}}] | map(attribute='a.b') | list }} {{ [{}] | map(attribute='z', default='n') | list }} {{ messages | selectattr('content') | list | length }}
{{ {'a': [1, 2.5, none, true, 'ü"<\\\n\t'], 'e': {}, 'l': []} | tojson }} {{ {'a': [1, {'b': 2}], 'e': {}, 'l': []} | tojson(indent=2) }} {{ 'x' | tojson }} {{ [] | tojson(indent=4) }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ') }}
{% for i in range(3) %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('a', 'b') }}{{ loop.previtem is defined }}{{ loop.nextitem }} {% endfor %}
{% for i in [] %}x{% else %}none{% endfor %} {% for i in range(6) if i % 2 %}{{ i }}{{ loop.length }}{% endfor %} {% for a, b in [[1, 2], (3, 4)] %}{{ a }}-{{ b }};{% endfor %} {% for k, v in {'x': 1, 'y': 2}.items() %}{{ k }}{{ v }}{% endfor %} {% for k in {'x': 1} %}{{ k }}{% endfor %} {% for c in 'a😀b' %}{{ c }}.{% endfor %} {% for i in range(10, 0, -3) %}{{ i }},{% endfor %} {% for i in x %}{{ i }}{% else %}undefined{% endfor %}
{% for i in range(2) %}{% continue %}{% else %}none{% endfor %} {% for i in range(2) %}{% break %}{% else %}none{% endfor %} {% for i in range(2) %}{% if i %}{% break %}{% endif %}{{ i }}{% else %}none{% endfor %}
{% for i in range(3) %}{{ i }}{% for j in [] %}{% else %}none{% if i %}{% break %}{% endif %}{% continue %}{% endfor %}x{% endfor %}
{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %} {% for i in range(2) %}{% for j in range(2) %}{{ loop.depth }}{{ i }}{{ j }} {% endfor %}{% endfor %}
{% set x = 1 %}{% for i in range(3) %}{% set x = i %}{{ x }}{% endfor %}{{ x }} {% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} {% if true %}{% set y = 5 %}{% endif %}{{ y }} {% set a, b = 1, 2 %}{{ a }}{{ b }} {% set t = 1, 2 %}{{ t | length }} {% set block %}x{{ y }}{% endset %}[{{ block }}]
{% macro m(a, b='d', c=none) %}({{ a }}{{ b }}{{ c }}){% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(a=3, c=4) }}{{ m() }} {% macro fact(n) %}{% if n <= 1 %}1{% else %}{{ n }}*{{ fact(n - 1) }}{% endif %}{% endmacro %}{{ fact(5) }}
{%- set v = 'x' -%}   a   {{- v -}}   b   {%- if true -%}   c   {%- endif -%}   d
a{% if true %} b {% endif %} c  {%+ if true %} d{% endif +%} {# comment #} e {#- c -#} f
{% raw %}{{ not }} {% this %}{% endraw %} g {%- raw -%} {{ x }} {%- endraw -%} h
   {% if true %}   lstripped {% endif %}   kept
{{ "a\"b" }} {{ 'a\'b' }} {{ '\x41\u00e9\U0001F600' }} {{ 'back\\slash' }} {{ '\d' }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %B %b %A %a %y %j %I %p %%') }} {{ strftime_now('%-d %e') }}
{{ dict(a=1, b='x') }} {{ dict({'a': 1}, b=2) }} {{ range(3) | list }} {{ range(1, 7, 2) | list }}
{{ messages[0].content }} {{ messages[0]['role'] }} {{ messages[-1].role }} {{ (messages | first).role }} {{ messages | length }} {{ messages[0].nothing is defined }} {{ messages.0.role }}
{{ 5 in [] }} {{ x in [1] }} {{ 1 in x }} {{ x == y }} {{ x | length }} {{ x | list }} {{ (x | string) == '' }}
{{ 'é' < 'f' }} {{ 'a' < 'b' }} {{ [1, 2] | tojson | length }} {{ ('a', 'b') }} {{ ('a',) }} {{ 'A' | lower in ['a'] }} {{ -1 | abs }} {{ - 1 + 2 }} {{ +3 }}
{{ true and 'x' }} {{ '' or none or 'z' }} {{ 'a' and '' }}| {{ none and 1 }} {{ 1.5 + true }} {{ 3 == 3 and 2 != 3 }} {{ 'yes' if 'a' is defined and not false }}
{% for m in messages -%} {{ loop.index }}{% if not loop.last %}, {% endif %} {%- endfor %} {% if messages[0].role == 'user' %}u{% elif messages[0].role == 'system' %}s{% else %}o{% endif %}
{{ 'ab\tc' | tojson }} {{ "\u2028" | tojson }} {{ 1.0 | tojson }} {{ 12345678901234567 | tojson }} {{ {'k': 1e20} | tojson }}
{{ 'x' | safe }} {{ ['b', 'a'] | sort | join(' ') }} {{ 'a-b_c' | replace('-', ' ') | title }} {{ [1, 2, 3][1] }} {{ [[1, 2], [3]][0][1] }} {{ {'a': {'b': [10, 20]}}.a.b[1] }}
""".strip("\n").split("\n")

FAILING = r"""
{{ 1 + 'a' }}
{{ x.y }}
{{ x['y'] }}
{{ x() }}
{{ x + 1 }}
{{ 1 / 0 }}
{{ none | length }}
{% for i in none %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{{ raise_exception('no') }}
{{ [1].append(2) }}
{{ {'a': 1}.pop('a') }}
{{ 'a'.__class__ }}{{ ''.__class__.__mro__[1].__subclasses__() }}
{{ 1 < 'a' }}
{{ 'a' | nosuchfilter }}
{{ 'a' is nosuchtest }}
{% nosuchtag %}
{% if true %}
{% endif %}
{% for i in [1] %}{% endif %}
{{ 'abc }}
{{ (1 }}
{{ 1 1 }}
{{ }}
{% set 1 = 2 %}
{# never ends
{% include 'x' %}
{% extends 'x' %}
{% import 'x' as y %}
{{ 'a' in 1 }}
{{ 'abc'.split('') }}
""".strip("\n").split("\n")


def render(template, **variables):
    try:
        return {"rendered": environment().from_string(template).render(**variables)}
    except Exception as e:  # whatever it is: it must fail here, too
        return {"error": str(e)}


def generation_free(template):
    """The tags of transformers' own extension print their body."""
    return template.replace("{% generation %}", "{% if true %}").replace("{% endgeneration %}", "{% endif %}")


def main():
    cases = []
    for name, template in TEMPLATES.items():
        for conversation, messages in CONVERSATIONS.items():
            for prompt in (True, False):
                for tools in (None, TOOLS):
                    if tools and (conversation != "system" or "tools" not in template):
                        continue
                    variables = {"messages": messages, "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>"}
                    if tools:
                        variables["tools"] = tools
                    cases.append({"name": f"{name} {conversation} {prompt}{' tools' if tools else ''}", "template": name,
                                  "conversation": conversation, "add_generation_prompt": prompt, "tools": tools is not None, **render(generation_free(template), **variables)})
    snippets = []
    for i, template in enumerate(SNIPPETS + FAILING):
        result = render(template, messages=CONVERSATIONS["turns"])
        if ("error" in result) != (i >= len(SNIPPETS)):
            print(template, result, file=sys.stderr)
        snippets.append({"template": template, **result})
    json.dump({"conversations": CONVERSATIONS, "tools": TOOLS, "templates": TEMPLATES, "cases": cases, "snippets": snippets},
              sys.stdout, ensure_ascii=False, indent=1)
    print()


main()
