#pragma once
#include <node_api.h>

/** preferHugePages(buffer): huge pages for the ArrayBuffer from now on, also where it is only reserved yet. */
napi_value prefer_huge_pages(napi_env env, napi_callback_info info);
