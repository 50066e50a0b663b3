// Only for this demo: the switch to labs that pause after a minute, so that nobody has to wait for ten.
const lab = document.querySelector('lab-terminal')
const hurry = document.querySelector('#hurry')
const name = lab.getAttribute('lab')

hurry.checked = new URLSearchParams(location.search).has('hurry')
const apply = () => lab.setAttribute('lab', hurry.checked ? `${name}-hurry` : name)
if (hurry.checked) apply()
hurry.addEventListener('change', () => {
  apply()
  history.replaceState(null, '', hurry.checked ? '?hurry' : location.pathname)
})
